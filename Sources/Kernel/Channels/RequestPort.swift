package import ZMQShim

/// A ROUTER socket that speaks messages: those that are not in order are dropped, replies go back to who asked.
package final class RequestPort {
  private let socket: Socket
  private let wire: Wire
  private let life: KernelLife
  private let channel: Channel
  /// What each client has not read yet, by its identity.
  private var backlogs: [[UInt8]: SendBacklog] = [:]

  /// A client that has left more than this unread gets no more replies until it reads; all clients together, twice that.
  private static let largestBacklog = 64 << 20
  private static let largestFrame: Int64 = 128 << 20

  package init(
    _ channel: Channel, in context: Context, connection: ConnectionFile, wire: Wire, life: KernelLife
  ) throws(KernelServerError) {
    self.channel = channel
    self.wire = wire
    self.life = life
    socket = try boundSocket(channel, .router, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setRouterHandover(true)
      if channel == .stdin { try socket.setRouterMandatory(true) }
      try socket.setSendHighWaterMark(0)
      try socket.setLinger(milliseconds: Wire.lingerMilliseconds)
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
        life.noteTraffic(bytes: frames.reduce(0) { $0 + $1.count })
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
    let backlog = backlog(of: message.identities.first ?? [])
    guard backlog.bytes <= min(Self.largestBacklog, 2 * Self.largestBacklog / backlogs.count) else { return }
    let frames = wire.composer.frames(
      of: answer.messageType, content: answer.content, parent: message.headerBytes,
      identities: message.identities)
    try socket.send(frames, countedBy: backlog)
  }

  /// Like `send`, but false where the one who asked has not connected to this channel (yet).
  package func reaches(_ answer: Answer, to message: RawMessage) throws(ZMQError) -> Bool {
    do throws(ZMQError) {
      try send(answer, to: message)
      return true
    } catch {
      if error.isUnreachable { return false }
      throw error
    }
  }

  private func backlog(of identity: [UInt8]) -> SendBacklog {
    if let known = backlogs[identity] { return known }
    if backlogs.count >= 16 { backlogs = backlogs.filter { $0.value.bytes > 0 } }
    let backlog = SendBacklog(partOf: wire.unread)
    backlogs[identity] = backlog
    return backlog
  }
}
