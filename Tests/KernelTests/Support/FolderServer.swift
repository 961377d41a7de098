import Foundation
import Testing

/// A server of a folder's files, alive as long as this object.
final class FolderServer {
  private let process = Process()
  private let input = Pipe()
  let address: String

  /// Serves the files of a folder; the first answer may break off after some bytes.
  init(_ folder: String, brokenAfter: Int = 0) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/folder_server.py").path
    process.arguments = ["python3", script, folder, String(brokenAfter)]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 0x0a {
      let byte = output.fileHandleForReading.readData(ofLength: 1)
      try #require(!byte.isEmpty, "the server gave no port")
      line += byte
    }
    address = "http://127.0.0.1:\(String(decoding: line.dropLast(), as: UTF8.self))"
  }

  deinit {
    input.fileHandleForWriting.closeFile()
    process.waitUntilExit()
  }
}
