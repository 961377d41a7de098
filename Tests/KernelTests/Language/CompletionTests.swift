import Kernel
import Testing

@Suite("completion, inspection, completeness") struct CompletionTests {
  private let session = Session()

  /// Completes at the end of a text.
  private func complete(_ text: String) -> (matches: [String], replaced: String) {
    let answer = session.complete(text, cursor: text.unicodeScalars.count)
    let source = SourceText(text)
    return (answer.matches.map(\.text), source[SourceSpan(answer.start, answer.end)])
  }

  @Test("verbs at the start of a line, also behind other lines and emoji")
  func verbs() {
    #expect(complete("sett").matches == ["settings"])
    #expect(complete("print 👨‍👩‍👧\n  ver").matches == ["version"])
    #expect(complete("print 👨‍👩‍👧\n  ver").replaced == "ver")
    #expect(complete("").matches.count == session.vocabulary.signatures.count)
  }

  @Test("options, then their choices, then each of a list")
  func options() {
    #expect(complete("set alp").matches == ["alpha="])
    #expect(complete("set precision=b").matches == ["bf16"])
    #expect(complete("set precision = ").matches == ["fp32", "bf16"])
    #expect(complete("set precision=fp32 alpha=").matches.isEmpty)
    #expect(!complete("set precision=fp32 ").matches.contains("precision="))
    #expect(complete("print a \\\n  to=std").matches == ["stdout", "stderr"])
  }

  @Test("verbs behind help, nothing in comments and behind the end")
  func places() {
    #expect(complete("help vers").matches == ["version"])
    #expect(complete("# se").matches.isEmpty)
    #expect(complete("version; se").matches.isEmpty)
  }

  @Test("kinds are words that JupyterLab knows")
  func kinds() {
    #expect(session.complete("sett", cursor: 4).matches.map(\.type) == ["function"])
    #expect(session.complete("set alp", cursor: 7).matches.map(\.type) == ["property"])
  }

  @Test("a cursor outside the text is cut", arguments: [-5, 0, 3, 4, 900])
  func cursors(cursor: Int) {
    let answer = session.complete("sett", cursor: cursor)
    #expect((0...4).contains(answer.start) && (0...4).contains(answer.end))
  }

  @Test("inspection shows the verb's, the option's or the setting's help")
  func inspection() {
    func told(_ text: String, _ cursor: Int, detail: Int = 0) -> String {
      session.inspect(text, cursor: cursor, detail: detail)?.plainText ?? "nothing"
    }
    #expect(told("pause 1", 3).hasPrefix("pause [SECONDS]"))
    #expect(told("pause 1", 7).hasPrefix("pause [SECONDS]"))
    #expect(told("set alpha=0.4", 7).hasPrefix("alpha=NUMBER of set"))
    #expect(told("\n# c\n", 2) == "nothing")
    #expect(told("nonsense", 2) == "nothing")
    #expect(told("set alpha=1", 1, detail: 1).contains("`settings` lists all"))
  }

  @Test(
    "a cell is complete, incomplete or invalid",
    arguments: [
      ("set alpha=0.5", CellCompleteness.complete), ("set alpha=0.5 \\", .incomplete(indent: "  ")),
      ("", .complete),
      ("# note", .complete), ("set alpha=", .invalid), ("frobnicate", .invalid), ("set alpha=7", .invalid),
      ("print 'open", .invalid), ("version?", .complete),
    ])
  func completeness(text: String, expected: CellCompleteness) {
    #expect(session.completeness(of: text) == expected)
  }

  @Test("inspection behind a comma tells of the option whose list goes on there")
  func listGoesOn() throws {
    let text = "evaluate grad-cam metrics=drop,"
    let page = try #require(session.inspect(text, cursor: text.unicodeScalars.count, detail: 0))
    #expect(page.plainText.contains("metrics=METRIC of evaluate"))
  }
}
