/// The rows over which a normalisation takes mean and deviation, and how its value and its reverse pass follow when its
/// input moves.
///
/// With x' = (x - mean) / s, s = sqrt(variance + epsilon), and m for the mean over a row, along d:
/// x' moves by e = (d - m(d) - x' m(x' d)) / s and 1 / s by -m(x' d) / s^2. The reverse pass gives
/// (g - m(g) - x' m(g x')) / s, which is differentiated by the product rule.
struct NormalizedRows {
  private let length: Int
  private let epsilon: Double
  private let scale: [Float]?
  /// How many elements in a row of memory have one factor.
  private let run: Int

  /// The rows of an operation on a value of a shape; nil where it is no such normalisation.
  init?(of operation: any Operation, on shape: Shape) {
    switch operation {
    case let norm as LayerNorm:
      let first = norm.axis < 0 ? norm.axis + shape.rank : norm.axis
      guard (0..<shape.rank).contains(first) else { return nil }
      length = shape.dimensions[first...].reduce(1, *)
      (epsilon, scale, run) = (Double(norm.epsilon), norm.scale?.values, 1)
    case let norm as InstanceNorm:
      length = shape.dimensions[2...].reduce(1, *)
      (epsilon, scale, run) = (Double(norm.epsilon), norm.scale?.values, length)
    case let norm as GroupNorm:
      run = shape.dimensions[2...].reduce(1, *)
      length = shape[1] / norm.groups * run
      (epsilon, scale) = (Double(norm.epsilon), norm.scale?.values)
    default: return nil
    }
    guard length > 0 else { return nil }
  }

  private func factor(of index: Int) -> Double {
    scale.map { Double($0[index / run % $0.count]) } ?? 1
  }

  /// Row by row: `body` gets the place of the row's first element, what stands in it normalised, and 1 / s.
  private func rows(of input: Value, _ body: (_ start: Int, _ normal: [Double], _ inverse: Double) -> Void) {
    let values = UnsafeBufferPointer(start: input.pointer, count: input.count)
    for start in stride(from: 0, to: input.count, by: length) {
      let row = (start..<start + length).map { Double(values[$0]) }
      let mean = Self.mean(row)
      let centred = row.map { $0 - mean }
      let inverse = 1 / (Self.mean(centred.map { $0 * $0 }) + epsilon).squareRoot()
      body(start, centred.map { $0 * inverse }, inverse)
    }
    withExtendedLifetime(input) {}
  }

  /// Without its mean and its part along the normalised row.
  private static func projected(_ row: [Double], _ normal: [Double]) -> [Double] {
    let mean = mean(row), along = Self.mean(zip(row, normal).map { $0 * $1 })
    return zip(row, normal).map { $0 - mean - $1 * along }
  }

  private static func mean(_ row: [Double]) -> Double { row.reduce(0, +) / Double(row.count) }

  /// How the value moves when the input moves along `direction`.
  func slope(of input: Value, along direction: Value) -> Value {
    Value(
      Tensor(input.shape) { target in
        rows(of: input) { start, normal, inverse in
          let moved = Self.projected(normal.indices.map { Double(direction.pointer[start + $0]) }, normal)
          for place in normal.indices {
            target[start + place] = Float(moved[place] * inverse * factor(of: start + place))
          }
        }
      })
  }

  /// How the gradient that `gradient` gives the input changes when the input moves along `direction`.
  func bend(of gradient: Value, at input: Value, along direction: Value) -> Value {
    Value(
      Tensor(input.shape) { target in
        rows(of: input) { start, normal, inverse in
          let moves = normal.indices.map { Double(direction.pointer[start + $0]) }
          let back = normal.indices.map { Double(gradient.pointer[start + $0]) * factor(of: start + $0) }
          let turned = Self.projected(moves, normal).map { $0 * inverse }
          let shrinks = -Self.mean(zip(normal, moves).map { $0 * $1 }) * inverse
          let along = Self.mean(zip(back, normal).map { $0 * $1 })
          let alongTurned = Self.mean(zip(back, turned).map { $0 * $1 })
          let passed = Self.projected(back, normal)
          for place in normal.indices {
            let bent = shrinks * passed[place] - turned[place] * along - normal[place] * alongTurned
            target[start + place] = Float(bent * inverse)
          }
        }
      })
  }
}
