import CVector

/// What one block of its input channels adds to a convolution or linear layer of the frontier.
///
/// A batch normalisation that is its only reader is taken along: it scales the change of each output channel.
struct ThinConvolution: ChangeSource {
  /// The node whose changes are given: the layer, or the batch normalisation behind it.
  let node: NodeID
  /// The local node that the layer reads.
  let source: NodeID
  private let convolution: Convolution
  private let norm: BatchNorm?
  private let inputShape: Shape
  private let shape: Shape
  private var change: Tensor?
  private var blocks = 1

  init(at id: NodeID, in tail: TailAnalysis) {
    let graph = tail.graph
    source = graph[id].inputs[0]
    shape = graph[id].shape
    switch graph[id].operation {
    case let convolution as Convolution:
      self.convolution = convolution
      inputShape = graph[source].shape
    case let linear as Linear:
      convolution = linear.asConvolution
      inputShape = [1, linear.weight.shape[1], 1, 1]
    default:
      preconditionFailure("the frontier holds convolutions and linear layers")
    }
    let readers = graph.consumers(of: id)
    if readers.count == 1, id != graph.logits, let norm = graph[readers[0]].operation as? BatchNorm,
      graph[id].shape.rank == 4
    {
      node = readers[0]
      self.norm = norm
    } else {
      node = id
      norm = nil
    }
  }

  /// The same with what taking all blocks away takes from the input, whose channels lie in equal blocks.
  func with(change: Tensor, blocks: Int) -> ThinConvolution {
    var copy = self
    copy.change = change
    copy.blocks = blocks
    return copy
  }

  func changes(without units: [Int], on device: Device) -> Value {
    changes(without: units, of: nil, on: device)
  }

  func changes(without units: [Int], cut: ChangeCut, on device: Device) -> Value {
    changes(without: units, of: cut, on: device)
  }

  private func changes(without units: [Int], of cut: ChangeCut?, on device: Device) -> Value {
    let base = cut.map { device.value($0.base, as: .channelsLast) }
    let result = device.allocate(shape.withBatch(units.count), .channelsLast)
    guard let change else { return result }
    let packed = device.changeWeights(of: convolution, then: norm, halves: false)
    let groups = packed.map { UnsafePointer<Float>?.some(UnsafePointer($0.base)) }
    let isPicture = shape.rank == 4
    change.withValues { change in
      groups.withUnsafeBufferPointer { groups in
        var problem = cv_thin_change(
          change: change.baseAddress, packed: groups.baseAddress, inputs: inputShape[1], outputs: shape[1],
          groups: convolution.groups, blocks: blocks, h: inputShape[2], w: inputShape[3],
          oh: isPicture ? shape[2] : 1, ow: isPicture ? shape[3] : 1, kh: convolution.weight.shape[2],
          kw: convolution.weight.shape[3], sh: convolution.stride.height, sw: convolution.stride.width,
          dh: convolution.dilation.height, dw: convolution.dilation.width, top: convolution.padding.top,
          left: convolution.padding.left)
        cv_thin_changes(
          &problem, units, units.count, base?.pointer, cut?.low ?? 0, cut?.high ?? 0, result.pointer)
      }
    }
    withExtendedLifetime((packed, base)) {}
    return result
  }
}

extension Linear {
  /// The layer as a convolution of pictures of one place, without bias.
  var asConvolution: Convolution {
    Convolution(weight: weight.reshaped([weight.shape[0], weight.shape[1], 1, 1]))
  }
}
