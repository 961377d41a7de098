package import ModelIO

/// The integers that 32-bit floats hold one by one: those below 2^24.
package enum ExactIntegers {
  /// The first magnitude that is refused.
  static let limit = 1 << 24

  static func holds(_ value: Int) -> Bool { -limit < value && value < limit }

  /// Why an integer is not taken.
  static func refusal(of value: Int) -> String {
    "the integer \(value) (numbers are held as 32-bit floats, which are exact below 2^24)"
  }
}

extension Tensor {
  /// The tensor of a file; refuses integers that 32-bit floats would round.
  package init(exactly raw: RawTensor) throws(FormatError) {
    if !raw.elementType.isFloat, let value = try raw.integers().first(where: { !ExactIntegers.holds($0) }) {
      throw FormatError(.unsupported(ExactIntegers.refusal(of: value)), subject: "tensor '\(raw.name)'")
    }
    self.init(Shape(raw.shape), values: Array(raw.floats()))
  }
}
