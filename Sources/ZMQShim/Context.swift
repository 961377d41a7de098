internal import CZMQ
import Synchronization

/// One libzmq context: its I/O thread and the sockets made from it.
///
/// The context ends with `terminate`, or when the last reference goes, and waits there until every socket is closed and
/// has sent what it held (or its linger time is over).
package final class Context: Sendable {
  /// libzmq's context functions are safe from any thread.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer
  private let isTerminated = Atomic<Bool>(false)

  package init() throws(ZMQError) {
    guard let handle = zmq_ctx_new() else { throw ZMQError(code: zmq_errno(), call: "zmq_ctx_new") }
    self.handle = handle
  }

  /// Makes every call that waits on a socket of this context end with `isTermination`, now and from now on.
  package func shutdown() {
    if !isTerminated.load(ordering: .acquiring) { zmq_ctx_shutdown(handle) }
  }

  /// Ends the context; to be called when all its sockets are closed, by one who makes no more.
  ///
  /// When this returns, what the sockets held is with the operating system: a process may leave only then, for libzmq's
  /// own thread sends it, and does not outlive the process.
  package func terminate() {
    guard !isTerminated.exchange(true, ordering: .acquiringAndReleasing) else { return }
    while zmq_ctx_term(handle) == -1, zmq_errno() == EINTR {}
  }

  deinit { terminate() }
}
