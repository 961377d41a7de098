import Glibc
internal import ZMQShim

/// The XPUB socket of iopub, and what becomes of subscribers that do not read.
///
/// Every subscriber has a queue of its own, without a limit in messages, so one that pauses loses nothing. Its unread
/// bytes are counted. Where they pass the limit, sending waits as long as the subscriber reads; once it has not read for
/// a while it is left out until it has taken most of what is queued. So a client that never reads costs one wait and a
/// bounded amount of memory, and the others lose nothing.
///
/// libzmq shows no queue of a single subscriber. Therefore each gets a topic prefix that nobody else has (it asked for
/// everything, so any topic reaches it), and is sent its own copy.
final class SubscriberSocket {
  private let socket: Socket
  private let unread: SendBacklog
  private let limit: Int
  private let patience: UInt64
  private var subscribers: [Subscriber] = []
  private var nextNumber = 0

  init(
    in context: Context, connection: ConnectionFile, unread: SendBacklog, limit: Int = 64 << 20,
    patienceMilliseconds: Int = 5000
  ) throws(KernelServerError) {
    self.limit = limit
    self.unread = unread
    patience = UInt64(patienceMilliseconds) * 1_000_000
    socket = try boundSocket(.iopub, .xpub, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setManualSubscriptions(true)
      try socket.setSendHighWaterMark(0)
      try socket.setLinger(milliseconds: 1000)
      try socket.setLargestFrame(bytes: 1 << 20)
    }
  }

  var hasSubscribers: Bool { !subscribers.isEmpty }

  func wait(orDescriptor descriptor: Int32, timeoutMilliseconds: Int) throws(ZMQError) -> Readiness {
    try socket.wait(orDescriptor: descriptor, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// The next new subscriber and its topic; other things that peers send are ignored.
  func nextSubscriber() throws(ZMQError) -> (Subscriber, topic: [UInt8])? {
    while true {
      switch try socket.receive() {
      case .nothing: return nil
      case .oversized: continue
      case .message(let frames):
        guard frames.count == 1, let kind = frames[0].first, kind <= 1 else { continue }
        let topic = Array(frames[0].dropFirst())
        if kind == 1 { return (try subscribe(to: topic), topic) }
        try unsubscribe(from: topic)
      }
    }
  }

  /// Sends to every subscriber that reads.
  func send(_ frames: [[UInt8]], topic: [UInt8]) throws(ZMQError) {
    waitForRoom()
    for subscriber in subscribers where !subscriber.isLeftOut {
      try send(frames, topic: topic, to: subscriber)
    }
    subscribers.removeAll { $0.isGone }
  }

  func send(_ frames: [[UInt8]], topic: [UInt8], to subscriber: Subscriber) throws(ZMQError) {
    try socket.send([subscriber.prefix + topic] + frames, countedBy: subscriber.backlog)
    // Those who asked for one topic share an entry, and may want nothing of this one.
    subscriber.isGone = !subscriber.prefix.isEmpty && subscriber.backlog.hadNoReceiver()
  }

  private func subscribe(to topic: [UInt8]) throws(ZMQError) -> Subscriber {
    guard topic.isEmpty else {
      // A peer filters once more by what it asked for, so its topics must come as they are.
      try socket.subscribeLast(to: topic)
      if let shared = subscribers.first(where: { $0.prefix.isEmpty }) { return shared }
      return add(Subscriber(prefix: [], partOf: unread))
    }
    nextNumber += 1
    let digits = String(nextNumber, radix: 16)
    let subscriber = Subscriber(
      prefix: Array("to.\(String(repeating: "0", count: max(0, 12 - digits.utf8.count)))\(digits).".utf8),
      partOf: unread)
    try socket.subscribeLast(to: subscriber.prefix)
    return add(subscriber)
  }

  private func add(_ subscriber: Subscriber) -> Subscriber {
    subscribers.append(subscriber)
    return subscriber
  }

  private func unsubscribe(from topic: [UInt8]) throws(ZMQError) {
    if topic.isEmpty {
      // It is not told which peer it is; only its own prefix can be taken from it.
      for subscriber in subscribers { try socket.unsubscribeLast(from: subscriber.prefix) }
    } else {
      try socket.unsubscribeLast(from: topic)
    }
  }

  /// Waits until no subscriber that reads has too much unread, leaving out those that do not read.
  private func waitForRoom() {
    guard !subscribers.isEmpty else { return }
    let share = min(limit, 2 * limit / subscribers.count)
    var pause: UInt32 = 50
    while true {
      let now = MonotonicTime.nanoseconds
      let isWaiting = subscribers.reduce(false) {
        $1.needsTime(share: share, patience: patience, now: now) || $0
      }
      guard isWaiting else { return }
      usleep(pause)
      pause = min(pause * 2, 5000)
    }
  }
}

/// One subscriber, or all those that asked for single topics.
final class Subscriber {
  /// What its topics begin with; empty for those that asked for single topics.
  let prefix: [UInt8]
  let backlog: SendBacklog
  /// It does not read, and gets nothing until it has taken most of what is queued.
  private(set) var isLeftOut = false
  fileprivate(set) var isGone = false
  private var seenUnread = 0
  /// When it was last seen to read, or to have room; only then does patience begin.
  private var lastProgress: UInt64 = 0

  init(prefix: [UInt8], partOf unread: SendBacklog) {
    self.prefix = prefix
    backlog = SendBacklog(partOf: unread)
  }

  /// Whether sending should wait for it; decides when it is left out and when it is taken in again.
  func needsTime(share: Int, patience: UInt64, now: UInt64) -> Bool {
    let bytes = backlog.bytes
    defer { seenUnread = bytes }
    if isLeftOut {
      if bytes <= share / 2 { isLeftOut = false }
      return false
    }
    if bytes < seenUnread || bytes <= share { lastProgress = now }
    guard bytes > share else { return false }
    isLeftOut = now - lastProgress > patience
    return !isLeftOut
  }
}
