import Glibc
import Synchronization

/// Says on stderr why messages were thrown away; a flood of them is summed up, and a full pipe is never waited for.
package final class DropLog: Sendable {
  private struct Interval {
    var start: UInt64 = 0
    var lines = 0
    var unsaid = 0
  }

  private static let linesPerInterval = 10
  private static let intervalNanoseconds: UInt64 = 10_000_000_000

  private let interval = Mutex(Interval())

  package init() {}

  package func note(_ reason: String, on channel: String) {
    let now = MonotonicTime.nanoseconds
    let (speaks, unsaid) = interval.withLock { interval -> (Bool, Int) in
      var unsaid = 0
      if now - interval.start > Self.intervalNanoseconds {
        unsaid = interval.unsaid
        interval = Interval(start: now)
      }
      interval.lines += 1
      let speaks = interval.lines <= Self.linesPerInterval
      if !speaks { interval.unsaid += 1 }
      return (speaks, unsaid)
    }
    if unsaid > 0 { write("camkernel: \(unsaid) more messages were ignored\n") }
    if speaks { write("camkernel: ignored a message on \(channel): \(reason)\n") }
  }

  private func write(_ line: String) {
    var item = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&item, 1, 0) == 1 else { return }
    let bytes = Array(line.utf8.prefix(1000))
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}

enum MonotonicTime {
  static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
