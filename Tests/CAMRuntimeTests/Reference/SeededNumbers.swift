import CAMRuntime

/// Numbers that are the same in every run.
struct SeededNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func bits() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// A number of -1..<1.
  mutating func next() -> Float { Float(bits() >> 40) / Float(1 << 23) - 1 }

  /// A tensor of numbers of low..<high.
  mutating func tensor(_ shape: Shape, _ low: Float = -1, _ high: Float = 1) -> Tensor {
    Tensor(shape, values: (0..<shape.count).map { _ in low + (next() + 1) / 2 * (high - low) })
  }

  /// Distinct numbers around zero, each at least `gap` from any other and from zero, in random order.
  mutating func distinct(_ shape: Shape, gap: Float = 0.02) -> Tensor {
    var values = (0..<shape.count).map { (Float($0) + 0.5 - Float(shape.count / 2)) * gap }
    for place in values.indices.reversed() {
      values.swapAt(place, Int(bits() % UInt64(place + 1)))
    }
    return Tensor(shape, values: values)
  }
}

/// The greatest difference, relative to the greatest expected magnitude (or one).
func difference(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = max(1e-3, expected.reduce(0) { max($0, abs($1)) })
  return zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
}
