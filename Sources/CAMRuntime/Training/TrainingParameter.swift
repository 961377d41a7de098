import Glibc

/// A parameter while it is trained: its value in 32-bit floats and the gradient that the last step left.
package final class TrainingParameter {
  /// The node's name and the parameter's, as a state dictionary writes them.
  package let name: String
  package let shape: Shape
  /// Whether the optimiser moves it.
  package let isTrained: Bool
  package let values: UnsafeMutableBufferPointer<Float>
  package let gradient: UnsafeMutableBufferPointer<Float>

  init(node: Node, parameter: Parameter, isTrained: Bool) {
    name = node.name + "." + parameter.name
    shape = parameter.tensor.shape
    self.isTrained = isTrained
    values = AlignedMemory.floats(shape.count)
    gradient = AlignedMemory.floats(isTrained ? shape.count : 0)
    parameter.tensor.withValues { _ = values.update(fromContentsOf: $0) }
  }

  deinit {
    free(values.baseAddress)
    free(gradient.baseAddress)
  }

  package var count: Int { values.count }

  /// Takes over other values, as many as there are.
  func load(_ other: [Float]) { _ = values.update(fromContentsOf: other) }
}

/// Memory at the borders that vector instructions like.
enum AlignedMemory {
  /// `count` floats of zero, at least one; freed by `free`.
  static func floats(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let raw = bytes(max(count, 1) * MemoryLayout<Float>.stride)
    return UnsafeMutableBufferPointer(start: raw.assumingMemoryBound(to: Float.self), count: count)
  }

  /// Cleared bytes at a border of 64.
  static func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    let raw = MemoryReserve.take(max(count, 64), border: 64)
    memset(raw, 0, max(count, 64))
    return raw
  }
}
