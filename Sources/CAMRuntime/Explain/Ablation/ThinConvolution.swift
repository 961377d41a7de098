/// A convolution or linear layer of the frontier, seen from a few of its input channels.
///
/// A batch normalisation that is its only reader is taken along: it scales the change of each output channel.
struct ThinConvolution {
  /// The node whose value is updated.
  let updated: NodeID
  /// The local node that it reads.
  let source: NodeID
  private let convolution: Convolution
  private let inputShape: Shape
  private let outputShape: Shape
  private let scale: [Float]?

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
      updated = readers[0]
      scale = norm.affine.factors
    } else {
      updated = id
      scale = nil
    }
  }

  /// Takes from the value what one block of channels adds to it.
  ///
  /// - Parameters:
  ///   - change: the block's change at the source.
  ///   - block: the index of the block among `blocks` equal ones.
  func subtract(
    _ change: UnsafeBufferPointer<Float>, block: Int, of blocks: Int,
    from target: UnsafeMutableBufferPointer<Float>
  ) {
    let channelsPerBlock = inputShape[1] / blocks
    let places = inputShape[2] * inputShape[3]
    for offset in 0..<channelsPerBlock {
      subtract(
        UnsafeBufferPointer(rebasing: change[offset * places..<(offset + 1) * places]),
        channel: block * channelsPerBlock + offset, from: target)
    }
  }

  private func subtract(
    _ plane: UnsafeBufferPointer<Float>, channel: Int, from target: UnsafeMutableBufferPointer<Float>
  ) {
    let columns = shifted(plane)
    let perGroup = convolution.weight.shape[1]
    let outputsPerGroup = outputShape[1] / convolution.groups
    let group = channel / perGroup
    let taps = convolution.weight.shape[2] * convolution.weight.shape[3]
    let places = outputShape[2] * outputShape[3]
    convolution.weight.withValues { weight in
      columns.withUnsafeBufferPointer { columns in
        for output in group * outputsPerGroup..<(group + 1) * outputsPerGroup {
          let start = (output * perGroup + channel % perGroup) * taps
          let factor = scale.map { $0[output] } ?? 1
          let row = UnsafeMutableBufferPointer(rebasing: target[output * places..<(output + 1) * places])
          for tap in 0..<taps {
            subtractScaled(
              UnsafeBufferPointer(rebasing: columns[tap * places..<(tap + 1) * places]),
              times: factor * weight[start + tap], from: row)
          }
        }
      }
    }
  }

  /// For each tap of the window the plane as the output positions see it, zero in the padding.
  private func shifted(_ plane: UnsafeBufferPointer<Float>) -> [Float] {
    let (height, width) = (inputShape[2], inputShape[3])
    let (rows, columns) = (outputShape[2], outputShape[3])
    let (kernelHeight, kernelWidth) = (convolution.weight.shape[2], convolution.weight.shape[3])
    let (stride, dilation, padding) = (convolution.stride, convolution.dilation, convolution.padding)
    if kernelHeight == 1, kernelWidth == 1, stride == Extent(1, 1), padding == .none { return Array(plane) }
    var result = [Float](repeating: 0, count: kernelHeight * kernelWidth * rows * columns)
    for down in 0..<kernelHeight {
      for across in 0..<kernelWidth {
        let start = (down * kernelWidth + across) * rows * columns
        for row in 0..<rows {
          let y = row * stride.height + down * dilation.height - padding.top
          guard y >= 0, y < height else { continue }
          for column in 0..<columns {
            let x = column * stride.width + across * dilation.width - padding.left
            if x >= 0, x < width { result[start + row * columns + column] = plane[y * width + x] }
          }
        }
      }
    }
    return result
  }
}

/// `target -= factor * source`.
func subtractScaled(
  _ source: UnsafeBufferPointer<Float>, times factor: Float, from target: UnsafeMutableBufferPointer<Float>
) {
  guard factor != 0, let from = source.baseAddress, let to = target.baseAddress else { return }
  let count = min(source.count, target.count)
  let left = UnsafeRawPointer(from)
  let right = UnsafeMutableRawPointer(to)
  var index = 0
  while index + 16 <= count {
    let at = index * 4
    let value =
      right.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self)
      - factor * left.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self)
    right.storeBytes(of: value, toByteOffset: at, as: SIMD16<Float>.self)
    index += 16
  }
  while index < count {
    to[index] -= factor * from[index]
    index += 1
  }
}
