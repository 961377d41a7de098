internal import ModelIO

/// A tensor of a file and the parameter that it becomes.
struct MatchedTensor: Sendable {
  let raw: RawTensor
  let request: ParameterRequest
  let layout: StateDictionary.Layout

  /// The shape that the file should have, in the file's layout.
  var expectedShape: [Int] {
    let shape = request.shape.dimensions
    guard layout == .keras else { return shape }
    switch request.keras.kind {
    case .kernel, .pointwiseKernel: return [shape[2], shape[3], shape[1], shape[0]]
    case .depthwiseKernel: return [shape[2], shape[3], shape[0], shape[1]]
    case .denseKernel: return [shape[1], shape[0]]
    case .bias, .gamma, .beta, .movingMean, .movingVariance: return shape
    }
  }

  /// Extents of one make no difference: a 1x1 convolution may come as a matrix.
  var fits: Bool {
    raw.shape == expectedShape || raw.shape.filter { $0 != 1 } == expectedShape.filter { $0 != 1 }
  }

  /// The number of outputs of a kernel.
  var rows: Int? { layout == .keras ? raw.shape.last : raw.shape.first }

  /// The parameter in this engine's layout; borrows the file's memory where that has it already.
  ///
  /// It is not finished where nobody waits for the file any more.
  func tensor() -> Tensor {
    let floats = raw.floats()
    switch (layout, request.keras.kind) {
    case (.keras, .kernel), (.keras, .pointwiseKernel), (.keras, .depthwiseKernel):
      return permuted(floats, depthwise: request.keras.kind == .depthwiseKernel)
    case (.keras, .denseKernel(let flattened)): return transposed(floats, flattened: flattened)
    default:
      return Tensor(borrowing: floats.pointer, shape: request.shape, owner: FloatOwner(floats))
    }
  }

  /// [h, w, in, out] (depthwise: [h, w, channels, 1]) to [out, in, h, w].
  private func permuted(_ floats: FloatBuffer, depthwise: Bool) -> Tensor {
    let shape = request.shape
    let (outputs, inputs, window) = (shape[0], shape[1], shape[2] * shape[3])
    let (outputStep, inputStep) = depthwise ? (inputs, 1) : (1, outputs)
    return Tensor(unwritten: shape) { target in
      floats.withUnsafeBufferPointer { source in
        for output in 0..<outputs {
          if raw.bytes.waiter?.isGone ?? false { return }
          for input in 0..<inputs {
            let start = (output * inputs + input) * window
            let origin = output * outputStep + input * inputStep
            for place in 0..<window {
              target[start + place] = source[place * outputs * inputs + origin]
            }
          }
        }
      }
    }
  }

  /// [in, out] to [out, in]; where a map was flattened, height, width, channel becomes channel, height, width.
  private func transposed(_ floats: FloatBuffer, flattened: [Int]?) -> Tensor {
    let (outputs, inputs) = (request.shape[0], request.shape[1])
    let (channels, area) = flattened.map { ($0[0], $0[1] * $0[2]) } ?? (inputs, 1)
    // So many rows at a time that the lines they are written to stay in the cache from column to column.
    let rows = 32
    return Tensor(unwritten: request.shape) { target in
      floats.withUnsafeBufferPointer { source in
        for first in stride(from: 0, to: outputs, by: rows) {
          if raw.bytes.waiter?.isGone ?? false { return }
          let part = first..<min(first + rows, outputs)
          for column in 0..<inputs {
            let origin = (column % area * channels + column / area) * outputs
            for output in part { target[output * inputs + column] = source[origin + output] }
          }
        }
      }
    }
  }
}

/// Keeps a file's numbers alive for the tensors that look at them.
final class FloatOwner: Sendable, CoolingOwner {
  private let floats: FloatBuffer

  init(_ floats: FloatBuffer) { self.floats = floats }

  func coolDown() { floats.letGo() }
}
