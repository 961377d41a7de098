import Foundation
import ModelIO
import TestSupport
import Testing

/// The Python server of weight files, alive as long as this object.
final class LoopbackServer {
  private let server: ScriptServer
  var address: String { server.address }
  let size: Int
  let sha256: String
  let md5: String

  init() throws {
    server = try ScriptServer("loopback_server.py")
    let facts = try Self.text("\(server.address)/facts").split(separator: " ").map(String.init)
    size = try #require(Int(facts[0]))
    sha256 = facts[1]
    md5 = facts[2]
  }

  func file(_ kind: String, _ checksum: Checksum? = nil, size: Int? = nil) -> RemoteFile {
    RemoteFile(
      name: "net-\(kind).pth", url: "\(address)/\(kind)", checksum: checksum ?? .sha256(sha256), size: size)
  }

  /// The requests so far: the path and the range that was asked for.
  func log() throws -> [String] { try Self.text("\(address)/log").split(separator: "\n").map(String.init) }

  /// The server's small answers, read over a plain socket so that nothing of the tested code is used.
  private static func text(_ url: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())", url,
    ]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
