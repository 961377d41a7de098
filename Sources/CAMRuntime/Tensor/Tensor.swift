/// An immutable dense array of 32-bit floats in row-major order (`[N, C, H, W]` for pictures).
///
/// Copies share their storage.
package struct Tensor: Sendable {
  /// The extents.
  package let shape: Shape
  let storage: TensorStorage
  let offset: Int

  init(shape: Shape, storage: TensorStorage, offset: Int = 0) {
    precondition(offset + shape.count <= storage.count, "a tensor of \(shape) does not fit its storage")
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// A tensor of the given values; there must be as many as the shape asks for.
  package init(_ shape: Shape, values: [Float]) {
    precondition(values.count == shape.count, "\(values.count) values for a shape of \(shape)")
    self.init(shape) { target in
      _ = target.initialize(from: values)
    }
  }

  /// A tensor whose elements, zero at first, the closure writes.
  package init(
    _ shape: Shape, initializing write: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    let storage = TensorStorage(count: shape.count)
    storage.base.initialize(repeating: 0, count: shape.count)
    try write(UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
    self.init(shape: shape, storage: storage)
  }

  /// A tensor whose elements the closure writes, every one of them; they are nothing before.
  init(unwritten shape: Shape, write: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    let storage = TensorStorage(count: shape.count)
    try write(UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
    self.init(shape: shape, storage: storage)
  }

  /// A tensor over memory that `owner` keeps alive, for example a mapped file.
  package init(borrowing pointer: UnsafePointer<Float>, shape: Shape, owner: any AnyObject & Sendable) {
    self.init(
      shape: shape, storage: TensorStorage(borrowing: pointer, count: shape.count, owner: owner))
  }

  /// A tensor of zeros.
  package static func zeros(_ shape: Shape) -> Tensor {
    Tensor(shape) { _ in }
  }

  /// A tensor of one value.
  package static func filled(_ shape: Shape, with value: Float) -> Tensor {
    Tensor(shape) { $0.update(repeating: value) }
  }

  /// A tensor without axes.
  package static func scalar(_ value: Float) -> Tensor {
    filled([], with: value)
  }

  /// The number of elements.
  package var count: Int { shape.count }

  /// Lends the elements.
  package func withValues<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.base + offset, count: count))
    }
  }

  /// A copy of the elements.
  package var values: [Float] { withValues(Array.init) }

  /// The same elements under another shape of the same count.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == count, "\(self.shape) cannot be seen as \(shape)")
    return Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// Entries of the leading axis, sharing storage.
  package func entries(_ range: Range<Int>) -> Tensor {
    precondition(shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0])
    return Tensor(
      shape: shape.withBatch(range.count), storage: storage,
      offset: offset + range.lowerBound * shape.countPerEntry)
  }

  /// One entry of the leading axis, which goes, sharing storage.
  package subscript(entry: Int) -> Tensor {
    entries(entry..<entry + 1).reshaped(Shape(Array(shape.dimensions.dropFirst())))
  }
}
