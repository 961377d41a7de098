internal import CAMRuntime

/// Runs the statements of a cell or of a script in their order, up to the first mistake.
struct CellRunner {
  private let session: Session
  private let output: any Output
  private let allowsInput: Bool

  init(_ session: Session, output: any Output, allowsInput: Bool) {
    self.session = session
    self.output = output
    self.allowsInput = allowsInput
  }

  /// Runs a text; mistakes of form are found before anything runs.
  ///
  /// - Parameters:
  ///   - source: the cell or script.
  ///   - show: takes each shown result; the flag says whether it is the text's last command.
  /// - Throws: the first mistake.
  func run(_ source: SourceText, show: (DisplayBundle, Bool) -> Void) throws(Diagnostic) {
    let cell = Parser.parse(source)
    if let mistake = cell.mistakes.first { throw located(mistake, in: source) }
    for (index, statement) in cell.statements.enumerated() {
      let isLast = index == cell.statements.count - 1
      do throws(Diagnostic) {
        if let bundle = try run(statement), !statement.isQuiet { show(bundle, isLast) }
      } catch {
        throw located(error.at(statement.verb.span), in: source)
      }
    }
  }

  private func run(_ statement: Statement) throws(Diagnostic) -> DisplayBundle? {
    if let question = statement.question {
      return try answer(question, about: statement)
    }
    let command = try session.command(of: statement.verb)
    let call = try ArgumentBinder.bind(
      statement.replacingTexts(in: session.workspace), to: command.signature)
    let context = CommandContext(session: session, output: output, allowsInput: allowsInput)
    let before = session.state
    MemoryReserve.hold()
    let result: CommandResult
    do {
      try session.interruptFlag.check()
      result = try command.run(call, in: context)
      // What is kept never comes out of the reserve: the next command may need it.
      if MemoryReserve.isSpent, !MemoryReserve.hold() { throw Interrupted(.memory) }
    } catch {
      session.state = before
      throw Blame.diagnostic(of: error, at: statement.verb.span)
    }
    if let value = result.value {
      session.state.workspace.setLast(value)
      if let name = statement.name { session.state.workspace.keep(value, as: name.text) }
    }
    return result.bundle
  }

  private func answer(
    _ question: Statement.Question, about statement: Statement
  ) throws(Diagnostic) -> DisplayBundle {
    if let signature = session.vocabulary[statement.verb.text] {
      let isBare = signature.verb == "help" && statement.arguments.isEmpty
      return .text(
        isBare
          ? HelpText.overview(session.vocabulary)
          : HelpText.page(of: signature, detailed: question == .details))
    }
    if let told = session.describe(name: statement.verb.text) { return .text(told) }
    let signature = try session.vocabulary.signature(of: statement.verb)
    return .text(HelpText.page(of: signature))
  }

  private func located(_ diagnostic: Diagnostic, in source: SourceText) -> Diagnostic {
    guard source.name != nil, diagnostic.origin == nil else { return diagnostic }
    var located = diagnostic
    located.origin = source
    return located
  }
}
