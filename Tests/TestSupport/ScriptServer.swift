import Foundation

/// A Python server of `Tests/Fixtures`, which says its port in its first line and leaves when its input is closed; alive
/// as long as this object.
public final class ScriptServer {
  /// Why the server could not be started.
  public struct Failure: Error {
    /// What is known of it, in words.
    public let reason: String
  }

  private let process = Process()
  private let input = Pipe()
  /// Where it serves: scheme, host and port.
  public let address: String

  /// Starts a script of `Tests/Fixtures` and waits for its port.
  public init(_ script: String, _ arguments: [String] = []) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "\(SharedFiles.checkout)/Tests/Fixtures/\(script)"] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 0x0a {
      let byte = output.fileHandleForReading.readData(ofLength: 1)
      if byte.isEmpty {
        process.waitUntilExit()
        throw Failure(reason: "\(script) ended with status \(process.terminationStatus) and gave no port")
      }
      line += byte
    }
    address = "http://127.0.0.1:\(String(decoding: line.dropLast(), as: UTF8.self))"
  }

  deinit {
    input.fileHandleForWriting.closeFile()
    process.waitUntilExit()
  }
}
