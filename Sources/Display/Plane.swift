/// A field of numbers: a heat map before it has colours.
package struct Plane: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Rows from the top.
  package var values: [Float]

  package init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  package subscript(x: Int, y: Int) -> Float { values[y * width + x] }

  /// The least and the greatest value; both zero for an empty field.
  package var range: (least: Float, greatest: Float) {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for value in values {
      least = Swift.min(least, value)
      greatest = Swift.max(greatest, value)
    }
    return values.isEmpty ? (0, 0) : (least, greatest)
  }

  /// The values with `least` at 0 and `greatest` at 1; all zero where both are the same.
  package func scaled(from least: Float, to greatest: Float) -> Plane {
    let distance = greatest - least
    guard distance > 0, distance.isFinite else {
      return Plane(width: width, height: height, values: [Float](repeating: 0, count: values.count))
    }
    return Plane(
      width: width, height: height, values: values.map { Swift.min(Swift.max(($0 - least) / distance, 0), 1) }
    )
  }

  /// For fields of both signs: 0 at a half, the greatest magnitude at 0 or 1.
  package var balanced: Plane {
    let reach = Swift.max(abs(range.least), abs(range.greatest))
    guard reach > 0, reach.isFinite else {
      return Plane(width: width, height: height, values: [Float](repeating: 0.5, count: values.count))
    }
    return scaled(from: -reach, to: reach)
  }
}
