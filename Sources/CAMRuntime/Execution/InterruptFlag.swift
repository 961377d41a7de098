import Synchronization

/// The one cancellation flag of a session: raised by any thread, checked in every loop that takes time.
package final class InterruptFlag: Sendable {
  private let raised = Atomic<Bool>(false)
  private let look: (@Sendable (InterruptFlag) -> Void)?

  /// A flag that nobody has raised yet; `onLook` is told each time that somebody looks at it.
  package init(onLook look: (@Sendable (InterruptFlag) -> Void)? = nil) { self.look = look }

  /// Whether somebody asked the running work to stop.
  package var isRaised: Bool {
    look?(self)
    return raised.load(ordering: .relaxed)
  }

  /// Asks the running work to stop; safe from any thread and from a signal handler.
  package func raise() { raised.store(true, ordering: .relaxed) }

  /// Forgets an earlier request; called when a cell starts, so that a late interrupt does not hit the next one.
  package func clear() { raised.store(false, ordering: .relaxed) }

  /// Ends the caller's work where it was asked to stop or where memory ran out; cheap enough for inner loops.
  package func check() throws(Interrupted) {
    if isRaised { throw Interrupted() }
    if MemoryReserve.isSpent { throw Interrupted(.memory) }
  }
}

/// Thrown by work that has to stop; a cell reports it as `interrupted` or as `no-memory`.
package struct Interrupted: Error, Equatable {
  /// Why work has to stop.
  package enum Reason: Sendable {
    /// Somebody asked for it.
    case asked
    /// The system gave no more memory, and the reserve was spent.
    case memory
  }
  package let reason: Reason

  package init(_ reason: Reason = .asked) { self.reason = reason }
}
