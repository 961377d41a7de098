package import CAMRuntime

/// A person's session: what the language knows, what is loaded and kept, and the history.
///
/// All calls come from one thread, except `interrupt()`.
package final class Session: Interpreter {
  /// What a command may change; put back as a whole when a command fails.
  package struct State {
    package var workspace = Workspace()
    package var settings = Settings()
  }

  package let vocabulary: Vocabulary
  package let interruptFlag: InterruptFlag
  package internal(set) var state = State()
  package private(set) var executionCount = 0
  package private(set) var history = CellHistory()
  private let commands: [String: any Command]
  private let providers: [NameKind: NameProvider]
  private let settingList: [any SettingDeclaration]
  private var runningScripts: [String] = []

  /// - Parameters:
  ///   - commands: all commands of the language.
  ///   - names: where completion finds names.
  ///   - settings: all settings.
  ///   - interruptFlag: the flag that ends a running cell.
  package init(
    commands: [any Command], names: [NameProvider], settings: [any SettingDeclaration],
    interruptFlag: InterruptFlag = InterruptFlag()
  ) {
    self.interruptFlag = interruptFlag
    vocabulary = Vocabulary(commands.map(\.signature))
    self.commands = Dictionary(commands.map { ($0.signature.verb, $0) }) { first, _ in first }
    providers = Dictionary(names.map { ($0.kind, $0) }) { first, _ in first }
    settingList = settings
  }

  package var workspace: Workspace {
    get { state.workspace }
    set { state.workspace = newValue }
  }

  package var settings: Settings {
    get {
      var settings = state.settings
      settings.interrupt = interruptFlag
      return settings
    }
    set { state.settings = newValue }
  }

  package func execute(_ cell: CellRequest, output: any Output) -> CellOutcome {
    let isStored = cell.storeHistory && !cell.silent
    if isStored { executionCount += 1 }
    var shown: [String] = []
    var ending = CellOutcome.Ending.ok
    let source = SourceText(cell.code)
    let runner = CellRunner(self, output: output, allowsInput: cell.allowInput)
    do throws(Diagnostic) {
      try runner.run(source) { bundle, isLast in
        shown.append(bundle.plainText)
        guard !cell.silent else { return }
        if isLast {
          output.result(bundle, executionCount: executionCount)
        } else {
          output.display(bundle, id: nil)
        }
      }
    } catch {
      ending = mistake(error, in: source)
    }
    if isStored {
      let text = shown.isEmpty ? nil : shown.joined(separator: "\n")
      history.append(line: executionCount, input: cell.code, output: text)
    }
    var outcome = CellOutcome(ending: ending, executionCount: executionCount)
    if case .ok = ending {
      outcome.userExpressions = cell.userExpressions.map { ($0.name, value(of: $0.expression)) }
    }
    return outcome
  }

  /// Runs a script on behalf of a running cell.
  func run(_ script: SourceText, in context: CommandContext, at span: SourceSpan) throws(Diagnostic) {
    let name = script.name ?? ""
    guard !runningScripts.contains(name) else {
      throw Diagnostic("recursive-source", "'\(name)' runs itself", at: span)
    }
    runningScripts.append(name)
    defer { runningScripts.removeLast() }
    try CellRunner(self, output: context.output, allowsInput: context.allowsInput).run(script) { bundle, _ in
      context.output.display(bundle, id: nil)
    }
  }

  package func complete(_ code: String, cursor: Int) -> CompletionAnswer {
    let completion = Completer(vocabulary, state: self).complete(code, cursor: cursor)
    return CompletionAnswer(
      matches: completion.candidates.map { CompletionAnswer.Match(text: $0.text, type: $0.kind.rawValue) },
      start: completion.replaced.start, end: completion.replaced.end)
  }

  package func inspect(_ code: String, cursor: Int, detail: Int) -> DisplayBundle? {
    let inspector = Inspector(vocabulary) { self.describe(name: $0) }
    return inspector.inspect(code, cursor: cursor, detailed: detail > 0).map { .text($0) }
  }

  package func completeness(of code: String) -> CellCompleteness {
    switch Completeness.of(code, in: vocabulary) {
    case .complete: .complete
    case .incomplete: .incomplete(indent: "  ")
    case .invalid: .invalid
    }
  }

  package func history(_ query: HistoryQuery) -> [HistoryEntry] { history.entries(for: query) }

  package func clearInterrupt() { interruptFlag.clear() }

  package func interrupt() { interruptFlag.raise() }

  /// The command of a written verb.
  func command(of verb: Word) throws(Diagnostic) -> any Command {
    if vocabulary[verb.text] == nil, let value = workspace.value(named: verb.text) {
      throw Diagnostic(
        "unknown-verb", "'\(verb.text)' is kept as \(type(of: value).noun), and no verb", at: verb.span,
        hints: ["`show \(verb.text)` shows it"])
    }
    let signature = try vocabulary.signature(of: verb)
    guard let command = commands[signature.verb] else {
      throw Diagnostic("unknown-verb", "there is no verb named '\(verb.text)'", at: verb.span)
    }
    return command
  }

  /// What a name of the session is: a kept value or a setting; nil where it is neither.
  package func describe(name: String) -> String? {
    if let value = workspace.value(named: name) {
      let lines = value.summary.split(separator: "\n").map { "\n  \($0)" }
      return "\(name): \(type(of: value).noun)\n" + lines.joined()
    }
    guard let setting = settingList.first(where: { $0.name == name.lowercased() }) else { return nil }
    return "\(setting.name) = \(settings.text(of: setting)) (setting)\n\n  \(setting.help)"
  }

  private func mistake(_ diagnostic: Diagnostic, in source: SourceText) -> CellOutcome.Ending {
    .mistake(
      name: diagnostic.code, value: diagnostic.message,
      traceback: DiagnosticRenderer(.ansi).lines(of: diagnostic, in: source))
  }

  /// A user expression is the name of a kept value or of a setting.
  private func value(of expression: String) -> JSONValue {
    if let value = workspace.value(named: expression) {
      return ["status": "ok", "data": ["text/plain": .string(value.summary)], "metadata": [:]]
    }
    if let setting = settingList.first(where: { $0.name == expression }) {
      return ["status": "ok", "data": ["text/plain": .string(settings.text(of: setting))], "metadata": [:]]
    }
    let source = SourceText(expression)
    let mistake = Diagnostic(
      "unknown-name", "there is no value or setting named '\(expression)'",
      at: SourceSpan(0, source.scalars.count))
    return [
      "status": "error", "ename": .string(mistake.code), "evalue": .string(mistake.message),
      "traceback": .array(DiagnosticRenderer(.ansi).lines(of: mistake, in: source).map { .string($0) }),
    ]
  }
}

extension Session: CompletionState {
  package func names(_ kind: NameKind, in statement: Statement?) -> [Candidate] {
    providers[kind]?.names(self, statement) ?? []
  }

  package func entries(startingWith path: String) -> [PathEntry] { FileSystem.entries(startingWith: path) }
}

extension Session {
  /// Runs a script outside a notebook, up to its first mistake.
  package func run(_ source: SourceText, output: any Output, allowsInput: Bool) -> Diagnostic? {
    do throws(Diagnostic) {
      try CellRunner(self, output: output, allowsInput: allowsInput).run(source) { bundle, _ in
        output.display(bundle, id: nil)
      }
      return nil
    } catch {
      return error
    }
  }
}
