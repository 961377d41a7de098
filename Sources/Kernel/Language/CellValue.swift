/// A kind of value that can stand in a cell: how it is read, written, described and completed.
package protocol CellValue: Sendable {
  /// What a command gets.
  associatedtype Value: Sendable

  /// What is expected, with an article, for messages: `a number from 0 to 1`.
  var noun: String { get }
  /// What stands for it in a usage line: `SECONDS`, `PATH`.
  var placeholder: String { get }
  /// All values that can be written, where they are few and fixed.
  var choices: [String] { get }

  /// Reads one word; it knows nothing of the session, which looks names up when the command runs.
  func read(_ word: Word) throws(Diagnostic) -> Value
  /// The value as it would be written.
  func text(of value: Value) -> String
  /// What could stand here, given the session's state.
  func candidates(in scope: CompletionScope) -> [Candidate]
}

extension CellValue {
  package var choices: [String] { [] }
  package func candidates(in scope: CompletionScope) -> [Candidate] {
    choices.map { Candidate($0, kind: .choice) }
  }
}

/// Any text.
package struct TextValue: CellValue {
  package let noun: String
  package let placeholder: String

  package init(_ noun: String = "a text", placeholder: String = "TEXT") {
    self.noun = noun
    self.placeholder = placeholder
  }
  package func read(_ word: Word) throws(Diagnostic) -> String { word.text }
  package func text(of value: String) -> String { StringLiteral.written(value) }
}

/// A word that the command looks up itself; it keeps its place for a diagnostic.
///
/// `kind` says what the word names, so that completion can ask the session for names of that kind.
package struct NameValue: CellValue {
  package let kind: NameKind
  package let placeholder: String

  package init(_ kind: NameKind, placeholder: String? = nil) {
    self.kind = kind
    self.placeholder = placeholder ?? kind.noun.split(separator: " ").joined(separator: "-").uppercased()
  }
  package var noun: String { "the name of a \(kind.noun)" }
  package func read(_ word: Word) throws(Diagnostic) -> Word { word }
  package func text(of value: Word) -> String { StringLiteral.written(value.text) }
  package func candidates(in scope: CompletionScope) -> [Candidate] { scope.names(kind) }
}

/// A number, limited to a range.
package struct NumberValue: CellValue {
  package let range: ClosedRange<Double>
  package let placeholder: String

  package init(in range: ClosedRange<Double> = -.infinity ... .infinity, placeholder: String = "NUMBER") {
    self.range = range
    self.placeholder = placeholder
  }

  package var noun: String {
    switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
    case (true, true): "a number from \(text(of: range.lowerBound)) to \(text(of: range.upperBound))"
    case (true, false): "a number of at least \(text(of: range.lowerBound))"
    case (false, true): "a number of at most \(text(of: range.upperBound))"
    case (false, false): "a number"
    }
  }

  package func read(_ word: Word) throws(Diagnostic) -> Double {
    guard let value = Double(word.text), value.isFinite, range.contains(value) else {
      throw .badValue(word, expected: noun)
    }
    return value
  }

  package func text(of value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }
}

/// A whole number, limited to a range.
package struct IntegerValue: CellValue {
  package let range: ClosedRange<Int>
  package let placeholder: String

  package init(in range: ClosedRange<Int> = .min ... .max, placeholder: String = "N") {
    self.range = range
    self.placeholder = placeholder
  }

  package var noun: String {
    switch (range.lowerBound > .min, range.upperBound < .max) {
    case (true, true): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case (true, false): "a whole number of at least \(range.lowerBound)"
    case (false, true): "a whole number of at most \(range.upperBound)"
    case (false, false): "a whole number"
    }
  }

  package func read(_ word: Word) throws(Diagnostic) -> Int {
    guard let value = Int(word.text), range.contains(value) else { throw .badValue(word, expected: noun) }
    return value
  }

  package func text(of value: Int) -> String { String(value) }
}
