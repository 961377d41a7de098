import Glibc
internal import ZMQShim

/// The XPUB socket of iopub, and what becomes of subscribers that do not read.
///
/// Queues have no limit in messages, so a subscriber that pauses loses nothing. What is queued is counted in bytes. Where
/// that passes the limit, sending waits for a while; then the subscribers that still have unread messages get no more
/// (they keep what is queued) until they have read again, and the others go on as before. So a client that never reads
/// costs one wait and a bounded amount of memory.
final class SubscriberSocket {
  private enum Mode {
    /// No limit in messages; the limit in bytes has not been reached.
    case open
    /// One message may be queued for a subscriber; those with more are left out. `base` bytes were theirs already.
    case shedding
  }

  private let socket: Socket
  private let backlog = SendBacklog()
  private let limit: Int
  private let patienceMilliseconds: Int
  private var mode = Mode.open

  init(
    in context: Context, connection: ConnectionFile, limit: Int = 64 << 20, patienceMilliseconds: Int = 5000
  ) throws(KernelServerError) {
    self.limit = limit
    self.patienceMilliseconds = patienceMilliseconds
    socket = try boundSocket(.iopub, .xpub, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setVerboseSubscriptions(true)
      try socket.setSendHighWaterMark(0)
      try socket.setLinger(milliseconds: 1000)
      try socket.setLargestFrame(bytes: 1 << 20)
    }
  }

  func wait(orDescriptor descriptor: Int32, timeoutMilliseconds: Int) throws(ZMQError) -> Readiness {
    try socket.wait(orDescriptor: descriptor, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// The topic of the next new subscription; other things that subscribers send are ignored.
  func nextSubscription() throws(ZMQError) -> [UInt8]? {
    while true {
      switch try socket.receive() {
      case .nothing: return nil
      case .oversized: continue
      case .message(let frames):
        guard frames.count == 1, frames[0].first == 1 else { continue }
        if mode == .shedding { try socket.setSendHighWaterMark(1) }
        return Array(frames[0].dropFirst())
      }
    }
  }

  func send(_ frames: [[UInt8]]) throws(ZMQError) {
    switch mode {
    case .open:
      if backlog.bytes > limit, try !waits(until: { backlog.bytes <= limit }) { try shed() }
      try socket.send(frames, countedBy: backlog)
      if mode == .shedding { try socket.setRefusesWhenFull(true) }
    case .shedding:
      if backlog.bytes <= limit / 2 { try reopen() }
      if try waits(until: { () throws(ZMQError) in try socket.send(frames, countedBy: backlog) }) { return }
      // Some subscriber stopped reading: it is left out from here on.
      try socket.setRefusesWhenFull(false)
      try socket.send(frames, countedBy: backlog)
      try socket.setRefusesWhenFull(true)
    }
  }

  /// From now on a subscriber with an unread message gets no other; those that read are not touched.
  private func shed() throws(ZMQError) {
    try socket.setSendHighWaterMark(1)
    mode = .shedding
  }

  private func reopen() throws(ZMQError) {
    try socket.setRefusesWhenFull(false)
    try socket.setSendHighWaterMark(0)
    mode = .open
  }

  /// Tries again and again until `condition` holds or patience is at its end.
  private func waits(until condition: () throws(ZMQError) -> Bool) throws(ZMQError) -> Bool {
    let start = MonotonicTime.nanoseconds
    var pause: UInt32 = 50
    while try !condition() {
      if MonotonicTime.nanoseconds - start > UInt64(patienceMilliseconds) * 1_000_000 { return false }
      usleep(pause)
      pause = min(pause * 2, 5000)
    }
    return true
  }
}
