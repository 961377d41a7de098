import Glibc
import Synchronization

/// Time that only goes forward.
package enum MonotonicClock {
  private static let serial = Atomic<Int>(0)

  /// Nanoseconds since some moment in the past.
  package static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// A number that this process gives out once.
  package static func nextSerial() -> Int { serial.add(1, ordering: .relaxed).newValue }
}
