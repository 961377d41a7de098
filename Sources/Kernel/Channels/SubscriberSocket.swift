import Glibc
internal import ZMQShim

/// The XPUB socket of iopub, and what becomes of subscribers that do not read.
///
/// libzmq itself keeps who wants what. (Its manual mode, which could give each peer a queue to be looked at, must not meet
/// strangers: 4.3 takes a peer's rubbish for the turn of the next one's subscription, and remembers peers that are gone.)
///
/// No queue has a limit in messages, so a subscriber that pauses loses nothing below the limit in bytes. What the slowest has not read is counted
/// in bytes. Where that passes the limit, sending waits as long as all subscribers read; one that has not read for a while
/// loses its connection, and its queue with it. libzmq's clients come again by themselves, and are welcomed. So a client
/// that never reads costs a few waits and a bounded amount of memory, and the others lose nothing.
final class SubscriberSocket {
  private let socket: Socket
  private let connections: PeerConnections
  private let backlog: SendBacklog
  private let limit: Int
  private var patience: Patience
  /// How many peers a message may have to be queued for.
  private var peers = 0

  /// What is taken from peers in one go, so that none of them can keep others from being served.
  private static let mostFrames = 1000

  init(
    in context: Context, connection: ConnectionFile, unread: SendBacklog, limit: Int = 64 << 20,
    patienceMilliseconds: Int = 5000
  ) throws(KernelServerError) {
    self.limit = limit
    backlog = SendBacklog(partOf: unread)
    patience = Patience(milliseconds: patienceMilliseconds)
    connections = PeerConnections(to: connection.endpoint(of: .iopub))
    socket = try boundSocket(.iopub, .xpub, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setVerboseSubscriptions(true)
      try socket.setSendHighWaterMark(0)
      try socket.setLinger(milliseconds: Wire.lingerMilliseconds)
      try socket.setLargestFrame(bytes: 1 << 20)
    }
  }

  /// Whether anybody may listen.
  var hasSubscribers: Bool { peers > 0 }

  func wait(orDescriptor descriptor: Int32, timeoutMilliseconds: Int) throws(ZMQError) -> Readiness {
    try socket.wait(orDescriptor: descriptor, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// The topics that somebody has subscribed to since the last call; whoever did gets what is sent from now on.
  func newTopics() throws(ZMQError) -> Set<[UInt8]> {
    var topics: Set<[UInt8]> = []
    for _ in 0..<Self.mostFrames {
      guard let frame = try socket.receiveFrame() else { break }
      // Other things that peers send are ignored.
      if frame.first == 1 { topics.insert(Array(frame.dropFirst())) }
    }
    if !topics.isEmpty { peers = max(1, connections.count()) }
    return topics
  }

  /// Sends to all who subscribed to the topic, or to what it begins with.
  func send(_ frames: [[UInt8]], topic: [UInt8]) throws(ZMQError) {
    if backlog.bytes > limit { try waitForRoom() }
    try socket.send([topic] + frames, countedBy: backlog, receivers: peers)
  }

  /// Waits until no subscriber has too much unread, cutting off those that do not read.
  private func waitForRoom() throws(ZMQError) {
    defer { connections.forget() }
    var pause: UInt32 = 50
    while backlog.bytes > limit {
      let now = MonotonicTime.nanoseconds
      if connections.cutStanding(nanoseconds: patience.nanoseconds(now), now: now) > 0 { patience.wear(now) }
      usleep(pause)
      pause = min(pause * 2, 5000)
      // What was queued for a peer that is gone is let go of when libzmq is called.
      _ = try socket.wait(timeoutMilliseconds: 0)
    }
    peers = max(1, connections.count())
  }
}

/// How long a subscriber may not read.
///
/// Those that were cut off come again, and the more often that happens the less time all get; after a while without it
/// they get the whole again.
private struct Patience {
  private let whole: UInt64
  private var left: UInt64
  private var lastCut: UInt64 = 0

  private static let recovery: UInt64 = 60_000_000_000

  init(milliseconds: Int) {
    whole = UInt64(milliseconds) * 1_000_000
    left = whole
  }

  func nanoseconds(_ now: UInt64) -> UInt64 { now - lastCut > Self.recovery ? whole : left }

  mutating func wear(_ now: UInt64) {
    left = max(nanoseconds(now) / 2, whole / 10)
    lastCut = now
  }
}
