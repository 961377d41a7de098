/// The declaration of a command, the only source of its parsing, help, completion, inspection and reference page.
package struct CommandSignature: Sendable {
  package let verb: String
  /// One line, lower case, no full stop.
  package let summary: String
  package let parameters: [ParameterInfo]
  /// Whether it gives a value that `as NAME` can keep.
  package let givesValue: Bool
  /// Cells that show it; the catalogue test parses each.
  package let examples: [String]
  /// What `verb??` adds: the paper, the formula, the rules.
  package let details: String
  /// The heading under which the list of verbs shows it.
  package let group: Group

  /// Headings of the list of verbs, in their order.
  package enum Group: String, Sendable, CaseIterable {
    case models = "models and data"
    case methods = "explanation methods"
    case comparing = "comparing and measuring"
    case robustness = "robustness"
    case results = "results"
    case session = "session"
  }

  package init(
    _ verb: String, _ summary: String, group: Group, parameters: [any ParameterDeclaration] = [],
    givesValue: Bool = false, examples: [String], details: String = ""
  ) {
    self.verb = verb
    self.summary = summary
    self.group = group
    self.parameters = parameters.map(\.info)
    self.givesValue = givesValue
    self.examples = examples
    self.details = details
  }

  package var positionals: [ParameterInfo] { parameters.filter { $0.role == .positional } }
  package var options: [ParameterInfo] { parameters.filter { $0.role == .option } }

  /// The parameter of a name, without regard to case.
  package func parameter(named name: String) -> ParameterInfo? {
    let wanted = name.lowercased()
    return parameters.first { $0.name.lowercased() == wanted }
  }
}

/// The commands that the language knows, as their signatures.
package struct Vocabulary: Sendable {
  package let signatures: [CommandSignature]
  private let places: [String: Int]

  package init(_ signatures: [CommandSignature]) {
    self.signatures = signatures
    places = Dictionary(signatures.enumerated().map { ($1.verb, $0) }) { first, _ in first }
  }

  package subscript(verb: String) -> CommandSignature? {
    places[verb.lowercased()].map { signatures[$0] }
  }

  /// The signature of a written verb, or the mistake that names the nearest one.
  package func signature(of verb: Word) throws(Diagnostic) -> CommandSignature {
    if let signature = self[verb.text] { return signature }
    let near = Suggestion.nearest(to: verb.text, among: signatures.map(\.verb))
    var hints = ["`help` lists all verbs"]
    if let near { hints.insert("did you mean '\(near)'?", at: 0) }
    throw Diagnostic("unknown-verb", "there is no verb named '\(verb.text)'", at: verb.span, hints: hints)
  }
}
