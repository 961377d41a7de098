import Language

/// One input of libFuzzer: a cell with a cursor.
///
/// It is cut, parsed, bound, rendered, completed and inspected; a trap is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  guard let first = bytes.first else { return 0 }
  let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
  let source = SourceText(text)
  let tokens = Lexer.tokens(of: source)
  let covered = tokens.reduce(0) { $0 + $1.span.end - $1.span.start }
  precondition(covered == source.scalars.count, "a token was lost")
  let cell = Parser.parse(source)
  let renderer = DiagnosticRenderer(.plain)
  for mistake in cell.mistakes { _ = renderer.lines(of: mistake, in: source) }
  for statement in cell.statements {
    do throws(Diagnostic) {
      _ = try ArgumentBinder.bind(statement, to: vocabulary.signature(of: statement.verb))
    } catch { _ = renderer.lines(of: error, in: source) }
  }
  let cursor = Int(first) * (source.scalars.count + 1) / 255
  let completion = Completer(vocabulary, state: Nothing()).complete(text, cursor: cursor)
  let replaced = completion.replaced
  precondition(replaced.start <= replaced.end && replaced.end <= source.scalars.count)
  _ = Inspector(vocabulary) { _ in nil }.inspect(text, cursor: cursor, detailed: first % 2 == 0)
  _ = Completeness.of(text, in: vocabulary)
  return 0
}

/// A session without names and files.
private final class Nothing: CompletionState {
  func names(_ kind: NameKind, in statement: Statement?) -> [Candidate] { [] }
  func entries(startingWith path: String) -> [PathEntry] { [] }
}

private let vocabulary = Vocabulary([
  CommandSignature(
    "set", "changes", group: .session,
    parameters: [
      Parameter<Double?>.option("alpha", NumberValue(in: 0...1), "a share"),
      Parameter<String?>.option("kind", ChoiceValue(["one", "two words", "three"]), "a choice"),
      Parameter<[Int]>.list("sizes", IntegerValue(in: 0...9), "several"),
    ], examples: ["set alpha=1"]),
  CommandSignature(
    "image", "loads", group: .models,
    parameters: [Parameter<[Word]>.several("path", PathValue(), atLeast: 1, "files")], givesValue: true,
    examples: ["image a.png as a"]),
])
