internal import CAMRuntime
internal import Glibc

/// Runs a script or a text without a notebook.
struct RunSubcommand: Subcommand {
  let name = "run"
  let computes = true
  let usage = "SCRIPT | -c TEXT  [--out DIR]"
  let summary = "runs commands: text on stdout, pictures into DIR; exit status 1 on a mistake"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    var arguments = arguments
    let folder = try arguments.takeValue("--out", "-o")
    let text = try arguments.takeValue("-c")
    let paths = try arguments.positionals(atMost: text == nil ? 1 : 0)
    if let text { return execute(SourceText(text), folder: folder) }
    guard let path = paths.first else { throw UsageError("a script or -c TEXT is missing") }
    if path.lowercased().hasSuffix(".ipynb") {
      Terminal.write(
        "camkernel: '\(TerminalText.safe(path))' is a notebook, not a script: "
          + "`camkernel report BOOK.ipynb -o REPORT.html --execute` runs it\n", to: .stderr)
      return 1
    }
    do throws(FileError) {
      let bytes = try FileSystem.read(path == "-" ? "/dev/stdin" : path, limit: SourceText.longest)
      guard let text = TextFile.text(of: bytes) else {
        Terminal.write("camkernel: '\(TerminalText.safe(path))' is not UTF-8 text\n", to: .stderr)
        return 1
      }
      return execute(SourceText(text, name: path == "-" ? nil : path), folder: folder)
    } catch {
      Terminal.write(
        "camkernel: cannot read '\(TerminalText.safe(error.path))': \(error.reason)\n", to: .stderr)
      return 2
    }
  }

  private func execute(_ source: SourceText, folder: String?) -> Int32 {
    let session = Session(interruptFlag: TerminalInterrupt.watch())
    let output = TerminalOutput(folder: folder)
    let mistake = session.run(source, output: output, allowsInput: Terminal.canAsk)
    output.finish()
    if let mistake {
      let style: DiagnosticRenderer.Style = Terminal.wantsColour(.stderr) ? .ansi : .plain
      let lines = DiagnosticRenderer(style).lines(of: mistake, in: source)
      Terminal.write(lines.joined(separator: "\n") + "\n", to: .stderr)
    }
    for failure in output.failures { Terminal.write("camkernel: \(failure)\n", to: .stderr) }
    if mistake?.code == "interrupted" { return 130 }
    return mistake == nil && output.failures.isEmpty ? 0 : 1
  }
}

/// Control-C on a terminal: the first ends the running command, a second one the program.
enum TerminalInterrupt {
  private static let flag = InterruptFlag()

  /// The flag that Control-C raises from now on.
  static func watch() -> InterruptFlag {
    let flag = flag
    signal(SIGINT) { _ in
      if TerminalInterrupt.flag.isRaised { _exit(130) }
      TerminalInterrupt.flag.raise()
    }
    return flag
  }
}
