package import Kernel
package import ZMQShim

/// A Jupyter client of the tests: sends requests and takes what comes, each on its channel.
package final class FakeFrontend {
  /// A message that the kernel sent, read and checked.
  package struct Message {
    package let type: String
    package let content: JSONValue
    package let metadata: JSONValue
    package let parentID: String?
    package let topic: [UInt8]
    package let buffers: [[UInt8]]
  }

  package enum Failure: Error {
    case nothingCame(on: Channel)
    case wrongSignature
    case unexpected(String, JSONValue, wanted: String)
  }

  package let identity: [UInt8]
  private let signer: MessageSigner
  private let composer: MessageComposer
  private let shell: Socket
  private let control: Socket
  private let stdin: Socket
  private let iopub: Socket
  private let heartbeat: Socket
  private var sent = 0

  package init(
    to connection: ConnectionFile, identity: String = "frontend", subscription: String? = "",
    configure: (borrowing Socket) throws(ZMQError) -> Void = { (_) throws(ZMQError) in }
  ) throws {
    let context = try Context()
    self.identity = Array((identity + MessageComposer.randomID()).utf8)
    signer = MessageSigner(key: Array(connection.key.utf8))
    composer = MessageComposer(signer: signer)
    shell = try Self.socket(.dealer, .shell, connection, context, self.identity, configure)
    control = try Self.socket(.dealer, .control, connection, context, self.identity, configure)
    stdin = try Self.socket(.dealer, .stdin, connection, context, self.identity, configure)
    iopub = try Self.socket(.sub, .iopub, connection, context, nil, configure)
    heartbeat = try Self.socket(.req, .heartbeat, connection, context, nil, configure)
    guard let subscription else { return }
    try iopub.subscribe(to: Array(subscription.utf8))
    _ = try published("iopub_welcome")
  }

  private static func socket(
    _ kind: SocketKind, _ channel: Channel, _ connection: ConnectionFile, _ context: Context,
    _ identity: [UInt8]?,
    _ configure: (borrowing Socket) throws(ZMQError) -> Void
  ) throws -> Socket {
    let socket = try Socket(kind, in: context)
    try socket.setLinger(milliseconds: 0)
    try socket.setReceiveHighWaterMark(1000)
    if let identity { try socket.setIdentity(identity) }
    try configure(socket)
    try socket.connect(to: connection.endpoint(of: channel))
    return socket
  }

  /// Sends a request and gives its message id.
  @discardableResult
  package func send(
    _ type: String, _ content: JSONValue = [:], on channel: Channel = .shell, date: Timestamp = .now,
    buffers: [[UInt8]] = []
  ) throws -> String {
    sent += 1
    let id = "request-\(sent)-\(composer.sessionID)"
    let header: JSONValue = [
      "msg_id": .string(id), "msg_type": .string(type), "session": .string(composer.sessionID),
      "username": "test",
      "version": "5.4", "date": .string(date.text),
    ]
    var parts = WireFrames(
      identities: [], signature: [], header: JSONWriter.bytes(of: header), parentHeader: Array("{}".utf8),
      metadata: Array("{}".utf8), content: JSONWriter.bytes(of: content), buffers: buffers)
    parts.signature = signer.signature(of: parts)
    try send(frames: parts.joined, on: channel)
    return id
  }

  package func send(frames: [[UInt8]], on channel: Channel) throws {
    switch channel {
    case .shell: try shell.send(frames)
    case .control: try control.send(frames)
    case .stdin: try stdin.send(frames)
    case .iopub: try iopub.send(frames)
    case .heartbeat: try heartbeat.send(frames)
    }
  }

  /// The next message on a channel; fails where none comes for long.
  package func receive(on channel: Channel, timeoutMilliseconds: Int = 20_000) throws -> Message {
    guard let frames = try frames(on: channel, timeoutMilliseconds: timeoutMilliseconds) else {
      throw Failure.nothingCame(on: channel)
    }
    let parts = try WireFrames(frames)
    guard signer.verifies(parts) else { throw Failure.wrongSignature }
    let header = try JSONParser.parse(parts.header)
    return Message(
      type: header["msg_type"]?.string ?? "", content: try JSONParser.parse(parts.content),
      metadata: try JSONParser.parse(parts.metadata),
      parentID: try JSONParser.parse(parts.parentHeader)["msg_id"]?.string,
      topic: parts.identities.first ?? [],
      buffers: parts.buffers)
  }

  package func frames(on channel: Channel, timeoutMilliseconds: Int) throws -> [[UInt8]]? {
    switch channel {
    case .shell: try Self.next(shell, timeoutMilliseconds)
    case .control: try Self.next(control, timeoutMilliseconds)
    case .stdin: try Self.next(stdin, timeoutMilliseconds)
    case .iopub: try Self.next(iopub, timeoutMilliseconds)
    case .heartbeat: try Self.next(heartbeat, timeoutMilliseconds)
    }
  }

  private static func next(_ socket: borrowing Socket, _ timeoutMilliseconds: Int) throws -> [[UInt8]]? {
    guard try socket.wait(timeoutMilliseconds: timeoutMilliseconds).socket,
      case .message(let frames) = try socket.receive()
    else { return nil }
    return frames
  }
}

// The verbs of a conversation.
extension FakeFrontend {
  /// The next message on a channel, which must be of that type.
  @discardableResult
  package func reply(_ type: String, on channel: Channel = .shell) throws -> Message {
    try expect(type, try receive(on: channel))
  }

  /// The next publication, which must be of that type.
  @discardableResult
  package func published(_ type: String) throws -> Message { try expect(type, try receive(on: .iopub)) }

  package func busy() throws { try status("busy") }
  package func idle() throws { try status("idle") }

  /// Takes publications up to the busy that belongs to a request: what another channel still says of a former one may come between.
  package func busy(of request: String) throws {
    while true {
      let message = try receive(on: .iopub)
      if message.parentID == request, message.type == "status", message.content["execution_state"] == "busy" {
        return
      }
    }
  }

  /// Takes publications up to the idle that belongs to a request, and gives those before it, all of that request.
  package func publications(of request: String) throws -> [Message] {
    var messages: [Message] = []
    while true {
      let message = try receive(on: .iopub)
      guard message.parentID == request else { continue }
      if message.type == "status", message.content["execution_state"] == "idle" { return messages }
      messages.append(message)
    }
  }

  /// True where nothing more comes on a channel within a moment.
  package func isQuiet(on channel: Channel) throws -> Bool {
    try frames(on: channel, timeoutMilliseconds: 150) == nil
  }

  private func status(_ state: String) throws {
    let message = try published("status")
    guard message.content["execution_state"]?.string == state else {
      throw Failure.unexpected(message.type, message.content, wanted: state)
    }
  }

  private func expect(_ type: String, _ message: Message) throws -> Message {
    guard message.type == type else { throw Failure.unexpected(message.type, message.content, wanted: type) }
    return message
  }
}
