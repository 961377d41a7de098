package import ZMQShim

/// A ROUTER socket that speaks messages: those that are not in order are dropped, replies go back to who asked.
package final class RequestPort {
  private let socket: Socket
  private let wire: Wire
  private let channel: Channel
  private let backlog = SendBacklog()
  private var isCongested = false

  /// Replies that lie unread for more than this are dropped for the clients that do not read.
  private static let largestBacklog = 64 << 20
  private static let largestFrame: Int64 = 128 << 20

  package init(
    _ channel: Channel, in context: Context, connection: ConnectionFile, wire: Wire
  ) throws(KernelServerError) {
    self.channel = channel
    self.wire = wire
    socket = try boundSocket(channel, .router, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setRouterHandover(true)
      try socket.setSendHighWaterMark(0)
      try socket.setLinger(milliseconds: 1000)
      try socket.setLargestFrame(bytes: Self.largestFrame)
    }
  }

  /// The next message in order that is here; does not wait.
  package func next() throws(ZMQError) -> RawMessage? {
    while true {
      switch try socket.receive() {
      case .nothing: return nil
      case .oversized: wire.drops.note("\(WireError.oversized)", on: channel.rawValue)
      case .message(let frames):
        do throws(WireError) {
          return try RawMessage(frames, signer: wire.signer, replays: wire.replays)
        } catch {
          wire.drops.note("\(error)", on: channel.rawValue)
        }
      }
    }
  }

  package func wait(orBell bell: Doorbell, timeoutMilliseconds: Int = -1) throws(ZMQError) -> Readiness {
    try socket.wait(orDescriptor: bell.descriptor, timeoutMilliseconds: timeoutMilliseconds)
  }

  package func send(_ answer: Answer, to message: RawMessage) throws(ZMQError) {
    try relieve()
    let frames = wire.composer.frames(
      of: answer.messageType, content: answer.content, parent: message.headerBytes,
      identities: message.identities)
    try socket.send(frames, countedBy: backlog)
  }

  /// Lets a client that does not read lose replies, before they fill the memory, and no other.
  private func relieve() throws(ZMQError) {
    if !isCongested, backlog.bytes > Self.largestBacklog {
      try socket.setSendHighWaterMark(1)
      isCongested = true
    } else if isCongested, backlog.bytes < Self.largestBacklog / 2 {
      try socket.setSendHighWaterMark(0)
      isCongested = false
    }
  }
}
