/// An option of one method beyond those that every method takes.
package struct MethodParameter: Sendable {
  /// What values the option takes.
  package enum Kind: Sendable {
    case integer(ClosedRange<Int>, default: Int)
    case number(ClosedRange<Double>, default: Double)
    case choice([String], default: String)
  }

  /// The option's name, lower case with hyphens.
  package let name: String
  /// One line for the help.
  package let summary: String
  /// What values it takes.
  package let kind: Kind

  /// An option.
  package init(_ name: String, _ kind: Kind, _ summary: String) {
    self.name = name
    self.kind = kind
    self.summary = summary
  }

  /// The default, as a person would write it.
  package var defaultText: String {
    switch kind {
    case .integer(_, let value): String(value)
    case .number(_, let value): value == value.rounded() ? String(Int(value)) : String(value)
    case .choice(_, let value): value
    }
  }
}

/// The values of a method's own options; what is not given has the default of its declaration.
package struct MethodArguments: Sendable {
  /// The method whose declarations count.
  package let method: any CAMMethod.Type
  /// Values as they were written, by option.
  package var values: [String: String]
  /// The reference work whose quirks are asked for.
  package var compatibility: Compatibility?
  /// The seed of random methods.
  package var seed: UInt64

  /// Arguments of a method.
  package init(
    for method: any CAMMethod.Type, _ values: [String: String] = [:],
    compatibility: Compatibility? = nil, seed: UInt64 = 0
  ) {
    self.method = method
    self.values = values
    self.compatibility = compatibility
    self.seed = seed
  }

  /// The value of an option of whole numbers.
  package func integer(_ name: String) throws(ExplainError) -> Int {
    guard case .integer(let range, let standard) = declared(name) else { return 0 }
    guard let text = values[name] else { return standard }
    guard let value = Int(text), range.contains(value) else {
      throw refusal(name, "a whole number from \(range.lowerBound) to \(range.upperBound)", text)
    }
    return value
  }

  /// The value of an option of numbers.
  package func number(_ name: String) throws(ExplainError) -> Double {
    guard case .number(let range, let standard) = declared(name) else { return 0 }
    guard let text = values[name] else { return standard }
    guard let value = Double(text), range.contains(value) else {
      throw refusal(name, "a number from \(range.lowerBound) to \(range.upperBound)", text)
    }
    return value
  }

  /// The value of an option of words.
  package func choice(_ name: String) throws(ExplainError) -> String {
    guard case .choice(let words, let standard) = declared(name) else { return "" }
    guard let text = values[name] else { return standard }
    guard words.contains(text) else { throw refusal(name, words.joined(separator: "/"), text) }
    return text
  }

  private func declared(_ name: String) -> MethodParameter.Kind? {
    method.parameters.first { $0.name == name }?.kind
  }

  private func refusal(_ name: String, _ expected: String, _ found: String) -> ExplainError {
    .parameter(method: method.name, name: name, expected: expected, found: found)
  }
}
