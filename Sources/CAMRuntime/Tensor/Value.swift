/// How the elements of a value lie in memory.
package enum Layout: Sendable, Hashable {
  /// The last axis is the innermost.
  case rowMajor
  /// `[N, C, H, W]` held as `[N, H, W, C]`.
  case channelsLast
}

/// A tensor as passes hold it: perhaps with channels innermost.
package struct Value: Sendable {
  /// The extents in the order `[N, C, H, W]`, whatever the layout.
  package let shape: Shape
  /// How the elements lie in memory.
  package let layout: Layout
  let storage: TensorStorage
  let offset: Int
  /// How wide the elements are: 16 bits, two to one of the storage's, only between steps that read and give them.
  let format: ElementFormat

  init(
    shape: Shape, layout: Layout = .rowMajor, storage: TensorStorage, offset: Int = 0,
    format: ElementFormat = .float32
  ) {
    self.shape = shape
    self.layout = layout
    self.storage = storage
    self.offset = offset
    self.format = format
  }

  /// A tensor's elements as they lie.
  package init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, storage: tensor.storage, offset: tensor.offset)
  }

  /// The first element; good while the value lives.
  var pointer: UnsafeMutablePointer<Float> { storage.base + offset }
  /// Whether the elements are 16-bit floats.
  var isNarrow: Bool { format == .bfloat16 }
  /// The number of elements.
  var count: Int { shape.count }
  /// The entries of the batch.
  var batch: Int { shape.rank > 0 ? shape[0] : 1 }

  /// The same elements under another shape; right only where the layouts agree.
  func viewed(as shape: Shape, _ layout: Layout = .rowMajor) -> Value {
    Value(shape: shape, layout: layout, storage: storage, offset: offset, format: format)
  }

  /// Whether both layouts hold the elements in the same order.
  var layoutsCoincide: Bool {
    shape.rank != 4 || shape[1] == 1 || shape[2] * shape[3] == 1
  }
}

extension Value {
  /// The first byte.
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }
}
