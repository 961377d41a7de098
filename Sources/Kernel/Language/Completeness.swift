/// Whether a cell can run as it stands, for consoles that ask at each line break.
package enum Completeness: Sendable, Equatable {
  case complete, incomplete, invalid

  /// A cell is incomplete where its last line asks for another; it is invalid where a line cannot be bound.
  package static func of(_ text: String, in vocabulary: Vocabulary) -> Completeness {
    let source = SourceText(text)
    if Lexer.tokens(of: source).last?.kind == .continuation { return .incomplete }
    let cell = Parser.parse(source)
    guard cell.mistakes.isEmpty else { return .invalid }
    for statement in cell.statements where statement.question == nil {
      do throws(Diagnostic) {
        _ = try ArgumentBinder.bind(statement, to: vocabulary.signature(of: statement.verb))
      } catch {
        return .invalid
      }
    }
    return .complete
  }
}
