import Kernel
import Testing

/// A value to keep, with a number to tell it by.
private struct Marble: CurrentValue {
  static let noun = "marble"
  static let wayToGet = "use `take NUMBER`"
  let number: Int
  var summary: String { "marble \(number)" }
  func bundle(with settings: Settings) throws -> DisplayBundle { .text(summary) }
}

/// A value of another kind.
private struct Pebble: SessionValue {
  static let noun = "pebble"
  var summary: String { "a pebble" }
  func bundle(with settings: Settings) throws -> DisplayBundle { .text(summary) }
}

/// Makes a marble current, changes a setting, and fails where it is told to.
private struct TakeCommand: Command {
  private static let number = Parameter.required("number", IntegerValue(), "which")
  private static let fails = Parameter.option(
    "fails", SwitchValue(), default: false, "fails after the change")
  let signature = CommandSignature(
    "take", "takes a marble", group: .models, parameters: [number, fails], givesValue: true,
    examples: ["take 1"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let marble = Marble(number: try call[Self.number])
    context.session.workspace.setCurrent(marble)
    try context.session.settings.set(SettingCatalog.seed, to: Word("\(marble.number)", SourceSpan(0, 0)))
    if try call[Self.fails] { throw FileError(path: "/nowhere", code: 13) }
    return try .value(marble, in: context)
  }
}

@Suite("Session") struct SessionTests {
  private let output = RecordingOutput()

  private func session() -> Session {
    Session(
      commands: CommandCatalog.all + [TakeCommand()], names: NameCatalog.all, settings: SettingCatalog.all)
  }

  private func run(_ code: String, in session: Session) -> CellOutcome {
    session.execute(CellRequest(code: code), output: output)
  }

  @Test("the last command's value is the cell's result, earlier ones are displayed, `;` hides")
  func results() {
    let session = session()
    #expect(run("take 1\ntake 2;\ntake 3", in: session).mistakeCode == nil)
    #expect(output.events == [.display("marble 1", id: nil), .result("marble 3", count: 1)])
  }

  @Test("a mistake leaves the session as it was, and earlier commands of the cell stand")
  func rollback() {
    let session = session()
    let outcome = run("take 1\ntake 2 fails=yes\ntake 3", in: session)
    #expect(outcome.mistakeCode == "unreadable-file")
    #expect(session.workspace.currentIfAny(Marble.self)?.number == 1)
    #expect(session.settings[SettingCatalog.seed] == 1)
  }

  @Test("names keep values, find them by kind, and suggest the nearest")
  func names() throws {
    let session = session()
    _ = run("take 7 as lucky", in: session)
    session.workspace.keep(Pebble(), as: "stone")
    let found = try session.workspace.value(of: Word("lucky", SourceSpan(0, 5)), as: Marble.self)
    #expect(found.number == 7)
    #expect(session.workspace.value(named: "last", as: Marble.self)?.number == 7)
    let near = #expect(throws: Diagnostic.self) {
      try session.workspace.value(of: Word("lukcy", SourceSpan(0, 5)), as: Marble.self)
    }
    #expect(near?.hints.first == "did you mean 'lucky'?")
    let kind = #expect(throws: Diagnostic.self) {
      try session.workspace.value(of: Word("stone", SourceSpan(0, 5)), as: Marble.self)
    }
    #expect(kind?.message == "'stone' is kept as pebble, expected marble")
    let answer = session.complete("show ", cursor: 5)
    #expect(answer.matches.isEmpty || answer.matches.contains { $0.text == "lucky" })
  }

  @Test("what is missing says how to get it")
  func missing() {
    let mistake = #expect(throws: Diagnostic.self) { try Workspace().current(Marble.self) }
    #expect(mistake?.code == "missing-marble")
    #expect(mistake?.message == "no marble yet: use `take NUMBER`")
  }

  @Test("the counter moves on stored cells only, and history keeps what they showed")
  func counting() {
    let transcript = Transcript()
    transcript.run("version")
    transcript.run("version") { $0.silent = true }
    let third = transcript.run("settings") { $0.storeHistory = false }
    #expect(third.executionCount == 1)
    let fourth = transcript.run("print x")
    #expect(fourth.executionCount == 2)
    let kept = transcript.session.history(.tail(count: 10))
    #expect(kept.map(\.input) == ["version", "print x"])
    #expect(kept.first?.output == "camkernel \(KernelIdentity.version)")
    #expect(transcript.session.history(.range(session: 0, start: 2, stop: 3)).map(\.line) == [2])
    #expect(transcript.session.history(.search(pattern: "p*x", count: nil, unique: true)).map(\.line) == [2])
  }

  @Test("a silent cell shows nothing")
  func silent() {
    let transcript = Transcript()
    transcript.run("version") { $0.silent = true }
    #expect(transcript.output.events.isEmpty)
  }

  @Test("user expressions are names and settings")
  func expressions() {
    let outcome = Transcript().run("set alpha=0.5") {
      $0.userExpressions = [("a", "alpha"), ("b", "nothing")]
    }
    #expect(outcome.userExpressions[0].result["data"]?["text/plain"] == .string("0.5"))
    #expect(outcome.userExpressions[1].result["ename"] == .string("unknown-name"))
  }

  @Test("an interrupt ends the running command; one before the cell is forgotten by the wire")
  func interrupt() {
    let session = session()
    session.interrupt()
    #expect(run("pause 60", in: session).mistakeCode == "interrupted")
    session.clearInterrupt()
    #expect(run("pause 0", in: session).mistakeCode == nil)
  }

  @Test("a cell longer than any person writes is a mistake; the longest that is read is read")
  func giantCells() {
    let longest = String(repeating: "x", count: SourceText.longest)
    #expect(Transcript().run(longest).mistakeCode == "unknown-verb")
    #expect(Transcript().run(longest + "x").mistakeCode == "cell-too-long")
    let session = session()
    #expect(session.complete(longest + "x", cursor: 5).matches.isEmpty)
    #expect(session.inspect(longest + "x", cursor: 5, detail: 0) == nil)
    #expect(session.completeness(of: longest + "x") == .invalid)
  }

  @Test("a mistake quotes only the ends of a giant word")
  func giantWords() {
    let outcome = Transcript().run("set " + String(repeating: "x", count: 100_000) + "=1")
    guard case .mistake(_, let value, let traceback) = outcome.ending else {
      Issue.record("no mistake")
      return
    }
    #expect(value.utf8.count < 700 && traceback.joined().utf8.count < 2000)
    #expect(value.hasPrefix("there is no option named 'xxx") && value.hasSuffix("xxx' for set"))
  }
}
