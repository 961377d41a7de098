internal import CAMRuntime
internal import Glibc

/// One of the program's own commands, such as `camkernel install`.
protocol Subcommand: Sendable {
  var name: String { get }
  /// What follows the name in a usage line.
  var usage: String { get }
  /// One line.
  var summary: String { get }
  /// Whether networks may run in it.
  var computes: Bool { get }
  /// Does it and gives the exit status.
  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32
}

extension Subcommand {
  /// Most only read and write files.
  var computes: Bool { false }
}

/// A mistake in the program's arguments: one line, exit status 2.
struct UsageError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// The program: picks the subcommand and words what goes wrong before one runs.
package enum CommandLineTool {
  /// THE list of the program's commands.
  static let subcommands: [any Subcommand] = [
    RunSubcommand(), ReportSubcommand(), ForwardSubcommand(), KernelSubcommand(), InstallSubcommand(),
    UninstallSubcommand(), DoctorSubcommand(), VersionSubcommand(), ReferenceSubcommand(),
  ]

  /// - Parameter arguments: all but the program's own name.
  /// - Returns: the exit status.
  package static func run(_ arguments: [String]) -> Int32 {
    guard let first = arguments.first else {
      Terminal.write(help + "\n", to: .stderr)
      return 2
    }
    if ["--help", "-h", "help"].contains(first) {
      Terminal.write(help + "\n", to: .stdout)
      return 0
    }
    let name = first == "--version" ? "version" : first
    guard let subcommand = subcommands.first(where: { $0.name == name }) else {
      let near = Suggestion.nearest(to: name, among: subcommands.map(\.name))
      let hint = near.map { "did you mean '\($0)'?" } ?? "`camkernel --help` lists all"
      return fail("there is no command named '\(TerminalText.safe(name))': \(hint)")
    }
    let rest = Array(arguments.dropFirst())
    if rest.contains("--help") || rest.contains("-h") {
      Terminal.write(
        "camkernel \(subcommand.name) \(subcommand.usage)\n  \(subcommand.summary)\n", to: .stdout)
      return 0
    }
    // A file that outgrows `ulimit -f` is a write that fails, not the end.
    signal(SIGXFSZ, SIG_IGN)
    if subcommand.computes {
      ThreadWaiting.makeBrief()
      guard MemoryReserve.hold(), MemoryRoom.canTake(MemoryRoom.least) else {
        return fail("there is too little memory to start (`ulimit -v`)")
      }
    }
    do throws(UsageError) {
      return try subcommand.run(ProgramArguments(rest))
    } catch {
      return fail(error.message + "; usage: camkernel \(subcommand.name) \(subcommand.usage)")
    }
  }

  static let help: String = {
    let rows = subcommands.map {
      ("  camkernel \($0.name)" + ($0.usage.isEmpty ? "" : " " + $0.usage), $0.summary)
    }
    let lines = rows.map { "\($0)\n      \($1)" }
    return """
      \(KernelIdentity.implementation) \(KernelIdentity.version): a Jupyter kernel that explains convolutional networks

      \(lines.joined(separator: "\n"))
      """
  }()

  private static func fail(_ message: String) -> Int32 {
    Terminal.write("camkernel: \(message)\n", to: .stderr)
    return 2
  }
}
