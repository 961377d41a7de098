/// One of a few fixed words, matched without regard to case.
package struct ChoiceValue: CellValue {
  package let choices: [String]
  package let placeholder: String
  private let kind: String?

  /// - Parameters:
  ///   - choices: the words.
  ///   - placeholder: what stands for them in a usage line.
  ///   - kind: what they name, without an article, such as `method`; nil where they are mere words.
  package init(_ choices: [String], placeholder: String? = nil, naming kind: String? = nil) {
    self.choices = choices
    self.placeholder = placeholder ?? choices.joined(separator: "|")
    self.kind = kind
  }

  /// The raw values of an enumeration, in its order.
  package init<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) where Choice.RawValue == String {
    self.init(type.allCases.map(\.rawValue))
  }

  package var noun: String { "one of " + choices.joined(separator: ", ") }

  package func read(_ word: Word) throws(Diagnostic) -> String {
    let wanted = word.text.lowercased()
    if let choice = choices.first(where: { $0.lowercased() == wanted }) { return choice }
    if let kind { throw .unknown(kind, word, known: choices) }
    let near = Suggestion.nearest(to: word.text, among: choices)
    throw Diagnostic(
      "bad-value", "expected \(noun), found '\(word.text)'", at: word.span,
      hints: near.map { ["did you mean '\($0)'?"] } ?? [])
  }

  package func text(of value: String) -> String { value }
}

/// One case of an enumeration whose raw values are what is written.
package struct CaseValue<Choice: CaseIterable & RawRepresentable & Sendable>: CellValue
where Choice.RawValue == String {
  private let words = ChoiceValue(Choice.self)

  package init(_ type: Choice.Type = Choice.self) {}
  package var noun: String { words.noun }
  package var placeholder: String { words.placeholder }
  package var choices: [String] { words.choices }

  package func read(_ word: Word) throws(Diagnostic) -> Choice {
    let text = try words.read(word)
    guard let choice = Choice(rawValue: text) else { throw .badValue(word, expected: noun) }
    return choice
  }

  package func text(of value: Choice) -> String { value.rawValue }
}

/// Yes or no, in the words people use for it.
package struct SwitchValue: CellValue {
  package init() {}
  package var noun: String { "yes or no" }
  package var placeholder: String { "yes|no" }
  package var choices: [String] { ["yes", "no"] }

  package func read(_ word: Word) throws(Diagnostic) -> Bool {
    switch word.text.lowercased() {
    case "yes", "true", "on", "1": return true
    case "no", "false", "off", "0": return false
    default: throw .badValue(word, expected: noun)
    }
  }

  package func text(of value: Bool) -> String { value ? "yes" : "no" }
}

/// A path as written; the command resolves it against the notebook's directory.
package struct PathValue: CellValue {
  /// What completion offers.
  package enum Content: Sendable { case file, folder }

  private let content: Content
  private let suffixes: [String]
  package let placeholder: String

  /// - Parameters:
  ///   - content: whether files are offered beside folders.
  ///   - suffixes: endings of the files to offer, such as `.png`; empty offers all.
  ///   - placeholder: what stands for it in a usage line.
  package init(_ content: Content = .file, suffixes: [String] = [], placeholder: String = "PATH") {
    self.content = content
    self.suffixes = suffixes
    self.placeholder = placeholder
  }
  package var noun: String { content == .file ? "a path of a file" : "a path of a folder" }

  package func read(_ word: Word) throws(Diagnostic) -> Word {
    guard !word.text.isEmpty else { throw .badValue(word, expected: noun) }
    return word
  }
  package func text(of value: Word) -> String { StringLiteral.written(value.text) }

  package func candidates(in scope: CompletionScope) -> [Candidate] {
    scope.entries(startingWith: scope.prefix).filter { entry in
      if entry.isFolder { return true }
      guard content == .file else { return false }
      return suffixes.isEmpty || suffixes.contains { entry.path.lowercased().hasSuffix($0) }
    }.map { Candidate($0.path, kind: $0.isFolder ? .folder : .file) }
  }
}
