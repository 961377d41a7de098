/// Which execute requests belong to the queue behind a cell that failed, and are therefore not run.
///
/// A frontend that runs all cells sends them at once, but they may still be on their way when the first one fails. What
/// was here at that moment is aborted anyway; of what comes shortly after, what its sender dated earlier.
package struct AbortWindow: Sendable {
  private var failure: Timestamp?
  private var closes: UInt64 = 0

  /// Later than this, every request is new: nothing is on its way for so long, and clocks may differ.
  private static let length: UInt64 = 500_000_000

  package init() {}

  package mutating func open(at failure: Timestamp = .now, clock: UInt64 = MonotonicTime.nanoseconds) {
    self.failure = failure
    closes = clock + Self.length
  }

  /// Whether a request that came just now was sent before the failure; one that was not closes the window.
  package mutating func holds(_ date: Timestamp?, clock: UInt64 = MonotonicTime.nanoseconds) -> Bool {
    guard let failure else { return false }
    if let date, date < failure, clock < closes { return true }
    self.failure = nil
    return false
  }
}
