import Foundation
import Kernel
import Testing

@Suite("connection files") struct ConnectionFileTests {
  static let valid: JSONValue = [
    "transport": "tcp", "ip": "127.0.0.1", "key": "abc", "signature_scheme": "hmac-sha256", "shell_port": 1,
    "control_port": 2,
    "iopub_port": 3, "stdin_port": 4, "hb_port": 65535,
  ]

  private func file(_ changes: [String: JSONValue?]) throws -> ConnectionFile {
    var fields = Self.valid.object ?? JSONObject()
    for (name, value) in changes { fields[name] = value }
    return try ConnectionFile(.object(fields), path: "c.json")
  }

  @Test("endpoints follow transport and address")
  func endpoints() throws {
    #expect(try file([:]).endpoint(of: .heartbeat) == "tcp://127.0.0.1:65535")
    #expect(try file(["ip": "::1"]).endpoint(of: .shell) == "tcp://[::1]:1")
    #expect(try file(["transport": "ipc", "ip": "/tmp/k"]).endpoint(of: .iopub) == "ipc:///tmp/k-3")
  }

  @Test("without a key nothing is signed, whatever the scheme")
  func unsigned() throws {
    #expect(try file(["key": "", "signature_scheme": ""]).key == "")
    #expect(try file(["key": nil, "signature_scheme": "hmac-md5"]).key == "")
  }

  @Test(
    "a field that cannot be used is named",
    arguments: [
      ("transport", "udp", "transport: expected 'tcp' or 'ipc'"),
      ("transport", 4, "transport: expected text"),
      ("ip", "", "ip: expected an address"), ("key", 1, "key: expected text"),
      ("signature_scheme", "hmac-md5", "signature_scheme: expected 'hmac-sha256'"),
      ("shell_port", nil, "shell_port: expected a port from 1 to 65535"),
      ("hb_port", 65536, "hb_port: expected a port from 1 to 65535"),
      ("iopub_port", "3", "iopub_port: expected a port from 1 to 65535"),
      ("curve_publickey", "short", "curve_secretkey: expected both keys or none"),
    ] as [(String, JSONValue?, String)])
  func wrongFields(_ name: String, _ value: JSONValue?, _ reason: String) {
    let error = #expect(throws: ConnectionFileError.self) { try file([name: value]) }
    #expect(error?.description == "the connection file c.json cannot be used: \(reason)")
  }

  @Test("a file that is missing, a folder, no JSON or no object is refused by its path")
  func wrongFiles() throws {
    let path = "\(NSTemporaryDirectory())/connection-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func reason() -> String? {
      do throws(ConnectionFileError) {
        _ = try ConnectionFile(path: path)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(reason() == "cannot read the connection file \(path): no such file or directory")
    try Data("{ports".utf8).write(to: URL(fileURLWithPath: path))
    #expect(reason() == "the connection file \(path) is not JSON: unexpected byte 0x70 at byte 1")
    try Data("[]".utf8).write(to: URL(fileURLWithPath: path))
    #expect(reason() == "the connection file \(path) cannot be used: the file: expected a JSON object")
    try Data(JSONWriter.bytes(of: Self.valid)).write(to: URL(fileURLWithPath: path))
    #expect(reason() == nil)
    #expect(throws: ConnectionFileError.unreadable(path: "/tmp", code: EISDIR)) {
      try ConnectionFile(path: "/tmp")
    }
  }
}
