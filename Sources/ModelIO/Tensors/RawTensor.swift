/// A tensor as it lies in a file: name, element type, shape, strides and bytes; nothing is converted yet.
package struct RawTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  /// Sizes of the dimensions; empty for a scalar.
  package let shape: [Int]
  /// Step of each dimension in elements.
  ///
  /// Row-major unless the file says otherwise.
  package let strides: [Int]
  /// The storage from the first element on, little-endian; may be longer than the tensor.
  package let bytes: ByteSlice
  /// The product of the shape.
  package let elementCount: Int

  /// Checks that every element that shape and strides speak of lies inside `bytes`.
  package init(
    name: String, elementType: ElementType, shape: [Int], strides: [Int]? = nil, bytes: ByteSlice
  ) throws(FormatError) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
    func failure(_ cause: FormatError.Cause) -> FormatError {
      FormatError(cause, subject: "tensor '\(name)'", offset: bytes.origin)
    }
    guard let count = Self.elementCount(of: shape) else {
      throw failure(.invalid("the shape \(shape) is negative or its product overflows"))
    }
    let available = bytes.count / elementType.size
    guard count <= available else {
      if let strides, strides.count == shape.count, strides.contains(0), available > 0 {
        throw failure(
          .unsupported("a view that repeats its elements (strides \(strides)): save it contiguous"))
      }
      let wanted = count.multipliedReportingOverflow(by: elementType.size)
      throw failure(.truncated(wanted: wanted.overflow ? Int.max : wanted.partialValue, left: bytes.count))
    }
    elementCount = count
    self.strides = strides ?? Self.rowMajorStrides(of: shape)
    guard self.strides.count == shape.count else {
      throw failure(.invalid("\(self.strides.count) strides for a shape of \(shape.count) dimensions"))
    }
    guard count > 0 else { return }
    var last = 0
    for (size, stride) in zip(shape, self.strides) {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      guard stride >= 0, !overflow, reach < available - last else {
        throw failure(.invalid("the strides \(self.strides) of shape \(shape) lead out of the storage"))
      }
      last += reach
    }
  }

  /// The same tensor under another name.
  package func renamed(_ name: String) -> RawTensor { RawTensor(self, name: name) }

  private init(_ other: RawTensor, name: String) {
    self.name = name
    elementType = other.elementType
    shape = other.shape
    strides = other.strides
    bytes = other.bytes
    elementCount = other.elementCount
  }

  /// Whether the elements lie in row-major order without gaps.
  package var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return elementCount == 0 }
      expected *= size
    }
    return true
  }

  /// The product of a shape; nil where a size is negative or the product overflows.
  package static func elementCount(of shape: [Int]) -> Int? {
    if shape.contains(where: { $0 < 0 }) { return nil }
    if shape.contains(0) { return 0 }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// Steps in elements of a row-major tensor of this shape.
  package static func rowMajorStrides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] =
        strides[axis + 1].multipliedReportingOverflow(by: Swift.max(shape[axis + 1], 1)).partialValue
    }
    return strides
  }
}
