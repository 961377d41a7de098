import Glibc

/// Seconds since it was made, by the monotonic clock.
package struct Stopwatch: Sendable {
  private let start: Double

  /// Starts.
  package init() { start = Self.now }

  /// Seconds since the start.
  package var seconds: Double { Self.now - start }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
