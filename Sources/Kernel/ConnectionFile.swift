import Glibc

/// The five channels of a kernel.
package enum Channel: String, Sendable, CaseIterable {
  case shell, control, iopub, stdin
  case heartbeat

  /// The connection file's name for its port.
  var portField: String { self == .heartbeat ? "hb_port" : "\(rawValue)_port" }
}

/// Where a kernel listens and with which key: the JSON file that a Jupyter server writes and names on the command line.
package struct ConnectionFile: Sendable {
  package enum Transport: String, Sendable { case tcp, ipc }

  package struct Curve: Sendable {
    package let publicKey: String
    package let secretKey: String
  }

  package let transport: Transport
  package let address: String
  package let key: String
  package let curve: Curve?
  private let ports: [Channel: Int]

  private static let largestFile = 1 << 20

  package init(path: String) throws(ConnectionFileError) {
    let bytes = try Self.read(path)
    let json: JSONValue
    do throws(JSONError) { json = try JSONParser.parse(bytes) } catch { throw .notJSON(path: path, error) }
    try self.init(json, path: path)
  }

  package init(_ json: JSONValue, path: String) throws(ConnectionFileError) {
    guard case .object(let fields) = json else {
      throw .wrongField(path: path, "the file", expected: "a JSON object")
    }
    func text(_ name: String, default fallback: String) throws(ConnectionFileError) -> String {
      guard let value = fields[name] else { return fallback }
      guard let text = value.string else { throw .wrongField(path: path, name, expected: "text") }
      return text
    }
    guard let transport = Transport(rawValue: try text("transport", default: "tcp")) else {
      throw .wrongField(path: path, "transport", expected: "'tcp' or 'ipc'")
    }
    self.transport = transport
    address = try text("ip", default: "127.0.0.1")
    guard !address.isEmpty else { throw .wrongField(path: path, "ip", expected: "an address") }
    key = try text("key", default: "")
    let scheme = try text("signature_scheme", default: "hmac-sha256")
    guard scheme == "hmac-sha256" || key.isEmpty else {
      throw .wrongField(path: path, "signature_scheme", expected: "'hmac-sha256'")
    }
    var ports: [Channel: Int] = [:]
    for channel in Channel.allCases {
      guard let port = fields[channel.portField]?.int, (1...65535).contains(port) else {
        throw .wrongField(path: path, channel.portField, expected: "a port from 1 to 65535")
      }
      ports[channel] = port
    }
    self.ports = ports
    curve = try Self.curve(fields, path: path)
  }

  /// libzmq's name of the place where a channel listens.
  package func endpoint(of channel: Channel) -> String {
    let port = ports[channel] ?? 0
    switch transport {
    case .ipc: return "ipc://\(address)-\(port)"
    case .tcp: return address.contains(":") ? "tcp://[\(address)]:\(port)" : "tcp://\(address):\(port)"
    }
  }

  private static func curve(_ fields: JSONObject, path: String) throws(ConnectionFileError) -> Curve? {
    switch (fields["curve_publickey"], fields["curve_secretkey"]) {
    case (nil, nil), (.null, .null): return nil
    case (let publicKey?, let secretKey?):
      guard let publicText = publicKey.string, publicText.utf8.count == 40 else {
        throw .wrongField(path: path, "curve_publickey", expected: "40 characters of Z85 text")
      }
      guard let secretText = secretKey.string, secretText.utf8.count == 40 else {
        throw .wrongField(path: path, "curve_secretkey", expected: "40 characters of Z85 text")
      }
      return Curve(publicKey: publicText, secretKey: secretText)
    case (nil, _): throw .wrongField(path: path, "curve_publickey", expected: "both keys or none")
    case (_, nil): throw .wrongField(path: path, "curve_secretkey", expected: "both keys or none")
    }
  }

  private static func read(_ path: String) throws(ConnectionFileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count >= 0 else {
        if errno == EINTR { continue }
        throw .unreadable(path: path, code: errno)
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= largestFile else { throw .unreadable(path: path, code: EFBIG) }
    }
  }
}

/// Why a connection file cannot be used.
package enum ConnectionFileError: Error, Hashable, CustomStringConvertible {
  case unreadable(path: String, code: Int32)
  case notJSON(path: String, JSONError)
  case wrongField(path: String, String, expected: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let code):
      "cannot read the connection file \(path): \(String(cString: strerror(code)).lowercased())"
    case .notJSON(let path, let error): "the connection file \(path) is not JSON: \(error)"
    case .wrongField(let path, let field, let expected):
      "the connection file \(path) cannot be used: \(field): expected \(expected)"
    }
  }
}
