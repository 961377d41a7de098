internal import CAMRuntime
internal import Glibc

/// Makes one page that needs nothing else from a script or a notebook.
struct ReportSubcommand: Subcommand {
  private static let longest = 256 << 20

  let name = "report"
  let computes = true
  let usage = "SCRIPT.cam | BOOK.ipynb  -o REPORT.html  [--execute] [--title TEXT]"
  let summary =
    "makes one self-contained page; a notebook is shown as it was run last, or run anew with --execute"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    var arguments = arguments
    guard let target = try arguments.takeValue("--output", "-o") else {
      throw UsageError("-o REPORT.html is missing")
    }
    let title = try arguments.takeValue("--title")
    let executes = arguments.takeFlag("--execute")
    guard let path = try arguments.positionals(atMost: 1).first else {
      throw UsageError("a script or a notebook is missing")
    }
    do {
      let bytes = try FileSystem.read(path, limit: Self.longest)
      let made = try cells(of: bytes, path: path, executes: executes)
      let page = HTMLReport(
        title: title ?? Self.title(of: made.cells) ?? FileSystem.split(path).name,
        footer:
          "\(FileSystem.split(path).name), made by \(KernelIdentity.implementation) \(KernelIdentity.version)",
        picture: { ReportPicture.source($0, folder: FileSystem.split(path).folder) },
        highlight: CellHighlighter.html)
      try FileSystem.write(Array(page.page(of: made.cells).utf8), to: target)
      return made.succeeded ? 0 : 1
    } catch let error as FileError {
      return fail("cannot use '\(TerminalText.safe(error.path))': \(error.reason)")
    } catch {
      return fail("'\(TerminalText.safe(path))': \(error)")
    }
  }

  private typealias Made = (cells: [ReportCell], succeeded: Bool)

  private func cells(of bytes: [UInt8], path: String, executes: Bool) throws -> Made {
    guard let text = TextFile.text(of: bytes) else { throw NotText() }
    let isNotebook = path.lowercased().hasSuffix(".ipynb")
    guard isNotebook || text.first(where: { !$0.isWhitespace }) == "{" else {
      var runner = ReportRunner()
      let cells = ScriptCells.parts(of: text).map { part in
        switch part {
        case .prose(let text): ReportCell.prose(markdown: text, attachments: [:])
        case .commands(let text): runner.run(text)
        }
      }
      return (cells, runner.succeeded)
    }
    let stored = try NotebookFile.cells(of: Array(text.utf8))
    let wasRun = stored.contains {
      if case .code(_, let count, let outputs) = $0 { count != nil || !outputs.isEmpty } else { false }
    }
    if wasRun, !executes { return (stored, true) }
    // Paths in a notebook are relative to it; the report's own path was given from here.
    let here = FileSystem.workingDirectory
    chdir(FileSystem.split(path).folder.isEmpty ? "." : FileSystem.split(path).folder)
    defer { chdir(here) }
    var runner = ReportRunner()
    let cells = stored.map { cell in
      if case .code(let source, _, _) = cell { runner.run(source) } else { cell }
    }
    return (cells, runner.succeeded)
  }

  private static func title(of cells: [ReportCell]) -> String? {
    for case .prose(let markdown, _) in cells {
      let heading = markdown.split(separator: "\n").first { $0.hasPrefix("# ") }
      if let heading { return String(heading.dropFirst(2)) }
    }
    return nil
  }

  private func fail(_ message: String) -> Int32 {
    Terminal.write("camkernel: \(message)\n", to: .stderr)
    return 2
  }
}

/// A script or notebook of other bytes than text.
private struct NotText: Error, CustomStringConvertible {
  var description: String { "it is not UTF-8 text" }
}

/// Runs cells one after the other, as a notebook does; the first mistake ends it.
private struct ReportRunner {
  private let session = Session(interruptFlag: TerminalInterrupt.watch())
  private let recorder = ReportRecorder()
  private(set) var succeeded = true

  mutating func run(_ source: String) -> ReportCell {
    guard succeeded else { return .code(source: source, count: nil, outputs: []) }
    session.clearInterrupt()
    let outcome = session.execute(CellRequest(code: source), output: recorder)
    if case .mistake(_, _, let traceback) = outcome.ending {
      recorder.mistake(traceback)
      let said = traceback.joined(separator: "\n") + "\n"
      Terminal.write(Terminal.wantsColour(.stderr) ? said : AnsiText.plain(said), to: .stderr)
      succeeded = false
    }
    return .code(source: source, count: outcome.executionCount, outputs: recorder.take())
  }
}

/// Pictures that prose shows: files beside the notebook become part of the page.
private enum ReportPicture {
  private static let longest = 32 << 20

  static func source(_ address: String, folder: String) -> String? {
    if address.hasPrefix("data:image/") { return address }
    guard !address.contains(":"), !address.hasPrefix("/") else { return nil }
    guard let bytes = try? FileSystem.read(folder + address, limit: longest), let type = type(of: bytes)
    else { return nil }
    return "data:\(type);base64,\(Base64.text(of: bytes))"
  }

  private static func type(of bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    return nil
  }
}
