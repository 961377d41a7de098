import Synchronization

/// The one cancellation flag of a session: raised by any thread, checked in every loop that takes time.
package final class InterruptFlag: Sendable {
  private let raised = Atomic<Bool>(false)

  package init() {}

  /// Whether somebody asked the running work to stop.
  package var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Asks the running work to stop; safe from any thread and from a signal handler.
  package func raise() { raised.store(true, ordering: .relaxed) }

  /// Forgets an earlier request; called when a cell starts, so that a late interrupt does not hit the next one.
  package func clear() { raised.store(false, ordering: .relaxed) }

  /// Ends the caller's work where it was asked to stop; cheap enough for inner loops.
  package func check() throws(Interrupted) {
    if isRaised { throw Interrupted() }
  }
}

/// Thrown by work that was asked to stop; a cell reports it as `interrupted`.
package struct Interrupted: Error, Equatable {
  package init() {}
}
