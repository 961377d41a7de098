/// A plane of floats over a picture or a layer, row by row; what every explanation ends in.
package struct SaliencyMap: Sendable, Equatable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// `height * width` values, row by row.
  package var values: [Float]

  /// A map of the given values.
  package init(height: Int, width: Int, values: [Float]) {
    precondition(values.count == height * width, "\(values.count) values for a map of \(height)x\(width)")
    self.height = height
    self.width = width
    self.values = values
  }

  /// A map of one value.
  package init(height: Int, width: Int, repeating value: Float) {
    self.init(height: height, width: width, values: Array(repeating: value, count: height * width))
  }

  /// The number of positions.
  package var count: Int { values.count }

  /// The value at a row and a column.
  package subscript(row: Int, column: Int) -> Float {
    get { values[row * width + column] }
    set { values[row * width + column] = newValue }
  }

  /// The least value; 0 for a map without positions.
  package var minimum: Float { values.min() ?? 0 }

  /// The greatest value; 0 for a map without positions.
  package var maximum: Float { values.max() ?? 0 }

  /// Whether all values are the same.
  package var isConstant: Bool { minimum == maximum }

  /// Whether all values are zero.
  package var isZero: Bool { values.allSatisfy { $0 == 0 } }

  /// The number of values that are NaN or infinite.
  package var nonFiniteCount: Int { values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) } }

  /// The map with a function applied to each value.
  package func map(_ transform: (Float) -> Float) -> SaliencyMap {
    SaliencyMap(height: height, width: width, values: values.map(transform))
  }

  /// The two maps combined value by value; they have one size.
  package func combined(with other: SaliencyMap, _ combine: (Float, Float) -> Float) -> SaliencyMap {
    precondition(height == other.height && width == other.width, "maps of two sizes")
    return SaliencyMap(height: height, width: width, values: zip(values, other.values).map(combine))
  }

  /// The map seen in a mirror: columns in reverse.
  package var mirrored: SaliencyMap {
    var copy = self
    for row in 0..<height {
      for column in 0..<width { copy[row, column] = self[row, width - 1 - column] }
    }
    return copy
  }
}

extension SaliencyMap {
  /// Pearson's correlation with a map of the same size; nil where one of them is constant.
  package func correlation(with other: SaliencyMap) -> Double? {
    precondition(height == other.height && width == other.width, "maps of two sizes")
    let count = Double(values.count)
    let first = values.reduce(0.0) { $0 + Double($1) } / count
    let second = other.values.reduce(0.0) { $0 + Double($1) } / count
    var (product, left, right) = (0.0, 0.0, 0.0)
    for (a, b) in zip(values, other.values) {
      product += (Double(a) - first) * (Double(b) - second)
      left += (Double(a) - first) * (Double(a) - first)
      right += (Double(b) - second) * (Double(b) - second)
    }
    let scale = (left * right).squareRoot()
    return scale > 0 ? product / scale : nil
  }
}
