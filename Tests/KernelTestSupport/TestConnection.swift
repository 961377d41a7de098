import Glibc
package import Kernel

/// Connection files for kernels that tests start.
package enum TestConnection {
  package static let key = "a key of the tests"

  /// A connection over files in the temporary folder, which no two tests share.
  package static func ipc(
    key: String = key, extra: [String: JSONValue] = [:]
  ) throws -> (ConnectionFile, JSONValue) {
    let folder = "/tmp/camkernel-test-\(getpid())-\(MessageComposer.randomID().prefix(12))"
    return try make(transport: "ipc", address: folder, ports: [1, 2, 3, 4, 5], key: key, extra: extra)
  }

  /// A connection over ports of the loopback address that were free a moment ago.
  package static func tcp(
    key: String = key, extra: [String: JSONValue] = [:]
  ) throws -> (ConnectionFile, JSONValue) {
    try make(transport: "tcp", address: "127.0.0.1", ports: freePorts(5), key: key, extra: extra)
  }

  private static func make(
    transport: String, address: String, ports: [Int], key: String, extra: [String: JSONValue]
  ) throws -> (ConnectionFile, JSONValue) {
    var fields = JSONObject()
    fields["transport"] = .string(transport)
    fields["ip"] = .string(address)
    fields["key"] = .string(key)
    fields["signature_scheme"] = "hmac-sha256"
    for (name, port) in zip(["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"], ports) {
      fields[name] = .integer(port)
    }
    for (name, value) in extra { fields[name] = value }
    return (try ConnectionFile(.object(fields), path: "test"), .object(fields))
  }

  /// Ports that the system gives to sockets which are then closed.
  package static func freePorts(_ count: Int) -> [Int] {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    return (0..<count).map { _ in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      descriptors.append(descriptor)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          guard bind(descriptor, generic, size) == 0, getsockname(descriptor, generic, &size) == 0 else {
            return 0
          }
          return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
      }
    }
  }
}
