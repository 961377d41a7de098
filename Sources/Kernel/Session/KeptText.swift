/// A text, or several, that a name stands for.
package struct KeptText: SessionValue {
  package static let noun = "text"
  package let texts: [String]

  package init(texts: [String]) { self.texts = texts }

  package var summary: String { texts.map(StringLiteral.written).joined(separator: ",") }

  package func bundle(with settings: Settings) throws -> DisplayBundle { .text(summary) }
}

extension Statement {
  /// Verbs that are about a name, whatever it keeps.
  private static let verbsOfNames = ["let", "show", "help"]

  /// The statement with names of kept texts replaced by the texts, at the names' places.
  func replacingTexts(in workspace: Workspace) -> Statement {
    guard workspace.kept.contains(where: { $0.value is KeptText }),
      !Self.verbsOfNames.contains(verb.text.lowercased())
    else {
      return self
    }
    let replaced = arguments.map { argument in
      let values = argument.values.flatMap { word -> [Word] in
        guard !word.isQuoted, let kept = workspace.value(named: word.text, as: KeptText.self) else {
          return [word]
        }
        return kept.texts.map { Word($0, word.span, isQuoted: true) }
      }
      return Argument(key: argument.key, values: values, span: argument.span)
    }
    return Statement(
      verb: verb, question: question, arguments: replaced, name: name, isQuiet: isQuiet, span: span)
  }
}
