/// The extents of a tensor, outermost first; the first is the batch wherever there is one.
package struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first.
  package var dimensions: [Int]

  /// A shape of the given extents.
  package init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  /// A shape written as a list of extents.
  package init(arrayLiteral elements: Int...) {
    self.dimensions = elements
  }

  /// The number of axes.
  package var rank: Int { dimensions.count }

  /// The number of elements, or nil where an extent is negative or the product does not fit in 62 bits.
  package var checkedCount: Int? {
    var product = 1
    for extent in dimensions {
      guard extent >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, next < 1 << 62 else { return nil }
      product = next
    }
    return product
  }

  /// The number of elements; `Int.max` for a shape that no tensor can have.
  package var count: Int { checkedCount ?? .max }

  /// The number of elements of one entry of the batch.
  package var countPerEntry: Int { Shape(Array(dimensions.dropFirst())).count }

  /// The extent of one axis.
  package subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// The same shape with another number of entries in the batch.
  package func withBatch(_ batch: Int) -> Shape {
    guard rank > 0 else { return self }
    var copy = self
    copy[0] = batch
    return copy
  }

  /// Row-major strides in elements.
  package var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// The index of an axis that may be counted from the end, or nil where there is no such axis.
  package func axis(_ index: Int) -> Int? {
    let positive = index < 0 ? index + rank : index
    return (0..<rank).contains(positive) ? positive : nil
  }

  /// The extents joined by a cross, as people write them.
  package var description: String {
    rank == 0 ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }
}

extension Shape {
  /// The shape that both broadcast to by NumPy's rule, or nil where they do not.
  package func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let left = axis - (rank - self.rank) >= 0 ? self[axis - (rank - self.rank)] : 1
      let right = axis - (rank - other.rank) >= 0 ? other[axis - (rank - other.rank)] : 1
      guard left == right || left == 1 || right == 1 else { return nil }
      result[axis] = left == 1 ? right : left
    }
    return Shape(result)
  }
}
