import Kernel
import TestSupport
import Testing

/// What the language's description says of sessions, scripts, names and history.
@Suite("sessions by their definitions") struct SessionDefinitionTests {
  private let transcript = Transcript()

  private func script(_ text: String) throws -> String {
    let path = TemporaryFolder.file("cam")
    try FileSystem.write(Array(text.utf8), to: path)
    return path
  }

  @Test("a script runs as often as it is asked for, also after its mistake")
  func scriptsAgain() throws {
    let good = try script("print a")
    let bad = try script("nonsense")
    for _ in 0..<2 {
      #expect(transcript.run("source '\(good)'").mistakeCode == nil)
      #expect(transcript.run("source '\(bad)'").mistakeCode == "unknown-verb")
    }
    #expect(transcript.run("source '\(good)'\nsource '\(good)'").mistakeCode == nil)
    #expect(transcript.output.events.count == 4)
  }

  @Test("a mistake in a script that a script runs names the inner one and its line")
  func innerScript() throws {
    let inner = try script("version\nversion\nnonsense")
    let outer = try script("source '\(inner)'")
    guard case .mistake(_, _, let lines) = transcript.run("source '\(outer)'").ending else {
      Issue.record("no mistake was found")
      return
    }
    let text = lines.joined(separator: "\n")
    #expect(text.contains(inner) && !text.contains(outer), "\(text)")
    #expect(text.contains("3 |"), "\(text)")
  }

  @Test("quoted words are never names")
  func quotedWords() {
    #expect(transcript.run("let word other").mistakeCode == nil)
    #expect(transcript.run("print word 'word' \"word\"").mistakeCode == nil)
    #expect(transcript.output.events.contains(.stream("other word word\n", .stdout)))
    #expect(transcript.run("version as 'word'").mistakeCode != nil)
  }

  @Test("history keeps all that a cell showed")
  func shown() {
    transcript.run("version\nprint a\nversion")
    let version = "camkernel \(KernelIdentity.version)"
    #expect(transcript.session.history(.tail(count: 1)).first?.output == version + "\n" + version)
  }

  @Test(
    "history: a range ends before its last line, a search gives the newest, each text once where asked for")
  func history() {
    var history = CellHistory()
    for (line, input) in ["a", "b", "a", "ab", "b"].enumerated() {
      history.append(line: line + 1, input: input, output: nil)
    }
    func lines(_ query: HistoryQuery) -> [Int] { history.entries(for: query).map(\.line) }
    #expect(lines(.range(session: 0, start: 2, stop: 4)) == [2, 3])
    #expect(lines(.range(session: 0, start: 2, stop: nil)) == [2, 3, 4, 5])
    #expect(lines(.search(pattern: "a*", count: nil, unique: false)) == [1, 3, 4])
    #expect(lines(.search(pattern: "a*", count: 2, unique: false)) == [3, 4])
    #expect(lines(.search(pattern: "*", count: nil, unique: true)) == [3, 4, 5])
    #expect(lines(.search(pattern: "*", count: 0, unique: true)) == [])
  }

  @Test("a name that is almost `last` is told so; settings are found in any case")
  func nearNames() throws {
    #expect(transcript.run("help settings").mistakeCode == nil)
    var workspace = Workspace()
    workspace.setLast(Stone())
    let near = #expect(throws: Diagnostic.self) { try workspace.anyValue(of: Word("lats", SourceSpan(0, 4))) }
    #expect(near?.hints.first == "did you mean 'last'?")
    transcript.run("Alpha?")
    #expect(transcript.lastResult?.hasPrefix("alpha = 0.4 (setting)") == true)
  }

  @Test(
    "what is no finite number is no number, whatever the range", arguments: ["inf", "-inf", "nan", "1e999"])
  func finite(_ text: String) {
    #expect(throws: Diagnostic.self) { try NumberValue().read(Word(text, SourceSpan(0, 1))) }
  }

  @Test("completion falls back to names that have the letters inside, from two letters on")
  func inside() {
    let found = transcript.session.complete("cam++", cursor: 5).matches.map(\.text)
    #expect(found.contains("grad-cam++") && found.allSatisfy { $0.contains("cam++") })
    #expect(transcript.session.complete("+", cursor: 1).matches.isEmpty)
  }
}

private struct Stone: SessionValue {
  static let noun = "stone"
  var summary: String { "a stone" }
  func bundle(with settings: Settings) throws -> DisplayBundle { .text(summary) }
}
