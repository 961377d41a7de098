import Foundation

/// The program that was built with the tests, run in a process of its own.
enum BuiltProgram {
  static let path = folder.appendingPathComponent("camkernel").path

  /// Runs a cell; `environment` is set over the tests' own, and nil takes a variable away.
  ///
  /// On a terminal, what it says and its mistakes come together.
  static func run(
    _ cell: String, environment changes: [String: String?] = [:], onTerminal: Bool = false
  ) throws -> (status: Int32, out: String, err: String) {
    try onTerminal
      ? start("/usr/bin/script", ["-qec", "'\(path)' run -c '\(cell)'", "/dev/null"], changes)
      : start(path, ["run", "-c", cell], changes)
  }

  /// Runs a cell in a process that may have so many bytes of addresses; one that a signal ended has a status of 128 and the signal.
  static func run(_ cell: String, addresses: Int) throws -> (status: Int32, out: String, err: String) {
    try run(cell, under: "ulimit -v \(addresses >> 10)")
  }

  /// Runs a cell in a process that a command of the shell has limited before.
  static func run(_ cell: String, under limit: String) throws -> (status: Int32, out: String, err: String) {
    try start(
      "/bin/sh", ["-c", "\(limit) && exec \"$0\" run -c \"$1\"", path, cell],
      ["SWIFT_BACKTRACE": "enable=no"])
  }

  /// Runs one of its subcommands.
  static func run(arguments: [String]) throws -> (status: Int32, out: String, err: String) {
    try start(path, arguments, [:])
  }

  private static func start(
    _ program: String, _ arguments: [String], _ changes: [String: String?]
  ) throws -> (status: Int32, out: String, err: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    for (name, value) in changes { environment[name] = value }
    process.environment = environment
    let (out, err) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = err
    try process.run()
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let mistakes = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let signal: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
    return (signal + process.terminationStatus, text, mistakes)
  }

  private static var folder: URL {
    let bundle = Bundle.main.bundleURL
    return bundle.path.hasSuffix(".xctest") ? bundle.deletingLastPathComponent() : bundle
  }
}
