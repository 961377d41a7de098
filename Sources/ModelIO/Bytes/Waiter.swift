/// Who waits for what is read of a file; long work on its bytes asks between pieces whether he is still there.
package final class Waiter: Sendable {
  /// How many bytes or numbers are dealt with between two questions: a millisecond's work or two.
  static let piece = 1 << 20

  private let hasGone: @Sendable () -> Bool

  /// A waiter who has left as soon as `hasGone` says so.
  package init(hasGone: @escaping @Sendable () -> Bool) { self.hasGone = hasGone }

  /// Whether nobody wants the result any more.
  package var isGone: Bool { hasGone() }

  /// Ends the work where nobody wants its result any more.
  func check() throws(FormatError) {
    if hasGone() { throw FormatError(.interrupted) }
  }
}

extension Waiter? {
  /// The pieces of `0..<count`, up to the one after which nobody waits any more.
  ///
  /// - Returns: whether all were dealt with.
  @discardableResult
  func forEachPiece(of count: Int, _ body: (Range<Int>) -> Void) -> Bool {
    var start = 0
    while start < count {
      if let self, self.isGone { return false }
      let end = Swift.min(start + Waiter.piece, count)
      body(start..<end)
      start = end
    }
    return true
  }
}
