import CVector

/// The value of a convolution or linear layer of the frontier minus what one block of its input channels adds to it.
///
/// A batch normalisation that is its only reader is taken along: it scales the change of each output channel.
struct ThinConvolution: CutSource {
  /// The node whose value is given: the layer, or the batch normalisation behind it.
  let node: NodeID
  /// The local node that the layer reads.
  let source: NodeID
  private let convolution: Convolution
  private let inputShape: Shape
  private let outputShape: Shape
  private let scale: [Float]?
  private var value: Tensor?
  private var change: Tensor?
  private var blocks = 1

  init(at id: NodeID, in tail: TailAnalysis) {
    let graph = tail.graph
    source = graph[id].inputs[0]
    let input = graph[source].shape
    switch graph[id].operation {
    case let convolution as Convolution:
      self.convolution = convolution
      inputShape = input
      outputShape = graph[id].shape
    case let linear as Linear:
      let rows = linear.weight.shape[0]
      convolution = Convolution(weight: linear.weight.reshaped([rows, linear.weight.shape[1], 1, 1]))
      inputShape = [1, linear.weight.shape[1], 1, 1]
      outputShape = [1, rows, 1, 1]
    default:
      preconditionFailure("the frontier holds convolutions and linear layers")
    }
    let readers = graph.consumers(of: id)
    if readers.count == 1, id != graph.logits, let norm = graph[readers[0]].operation as? BatchNorm,
      graph[id].shape.rank == 4
    {
      node = readers[0]
      scale = norm.affine.factors
    } else {
      node = id
      scale = nil
    }
  }

  /// The same with the unchanged value and the change of the input, whose channels lie in equal blocks.
  func with(value: Tensor, change: Tensor, blocks: Int) -> ThinConvolution {
    var copy = self
    copy.value = value
    copy.change = change
    copy.blocks = blocks
    return copy
  }

  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) {
    guard let value, let change, let y = target.baseAddress else { return }
    let scale = scale ?? Array(repeating: 1, count: outputShape[1])
    value.withValues { value in
      change.withValues { change in
        convolution.weight.withValues { weight in
          scale.withUnsafeBufferPointer { scale in
            var update = cv_thin_update(
              value: value.baseAddress, change: change.baseAddress, weight: weight.baseAddress,
              scale: scale.baseAddress, inputs: inputShape[1], outputs: outputShape[1],
              groups: convolution.groups, blocks: blocks, h: inputShape[2], w: inputShape[3],
              oh: outputShape[2],
              ow: outputShape[3], kh: convolution.weight.shape[2], kw: convolution.weight.shape[3],
              sh: convolution.stride.height, sw: convolution.stride.width, dh: convolution.dilation.height,
              dw: convolution.dilation.width, top: convolution.padding.top, left: convolution.padding.left)
            cv_thin_updates(&update, units, units.count, y)
          }
        }
      }
    }
  }
}
