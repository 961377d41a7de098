internal import CVector
import Glibc

/// The value of a node for a batch, its channels innermost, and the gradient of the loss with respect to it.
final class TrainingValue {
  /// `[N, C, H, W]` or `[N, features]`.
  let shape: Shape
  let format: ElementFormat
  let pointer: UnsafeMutableRawPointer
  private let owned: UnsafeMutableRawPointer?
  /// The gradient, where a consumer has given one in this step.
  private(set) var gradient: UnsafeMutableRawPointer?
  private var capacity = 0
  let pool: BufferPool

  init(shape: Shape, format: ElementFormat, pool: BufferPool) {
    self.shape = shape
    self.format = format
    self.pool = pool
    let memory = AlignedMemory.bytes(shape.count * format.bytes)
    owned = memory
    pointer = memory
  }

  /// The same memory under another shape, for operations that change nothing.
  init(sharing other: TrainingValue, shape: Shape) {
    self.shape = shape
    format = other.format
    pool = other.pool
    owned = nil
    pointer = other.pointer
  }

  deinit {
    releaseGradient()
    free(owned)
  }

  var count: Int { shape.count }
  var bytes: Int { count * format.bytes }
  /// Channels, or features.
  var channels: Int { shape[1] }
  /// Places of the batch: pictures times pixels.
  var rows: Int { count / max(channels, 1) }
  var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
  var halves: UnsafeMutablePointer<UInt16> { pointer.assumingMemoryBound(to: UInt16.self) }

  /// Lets `write` fill in a consumer's share of the gradient; shares add up.
  func addGradient(_ write: (UnsafeMutableRawPointer) throws -> Void) rethrows {
    let block = pool.take(bytes: bytes)
    guard let before = gradient else {
      (gradient, capacity) = block
      try write(block.base)
      return
    }
    defer { pool.give(block.base, capacity: block.capacity) }
    try write(block.base)
    join(before, block.base)
  }

  /// Forgets the gradient; its memory goes to others.
  func releaseGradient() {
    if let gradient { pool.give(gradient, capacity: capacity) }
    gradient = nil
  }

  private func join(_ before: UnsafeMutableRawPointer, _ more: UnsafeMutableRawPointer) {
    switch format {
    case .float32: cv_join(before.floats, more.floats, before.floats, count, 0)
    case .bfloat16: cv_join_b(before.halves, more.halves, before.halves, count, 0)
    }
  }
}

extension UnsafeMutableRawPointer {
  var floats: UnsafeMutablePointer<Float> { assumingMemoryBound(to: Float.self) }
  var halves: UnsafeMutablePointer<UInt16> { assumingMemoryBound(to: UInt16.self) }
}
