internal import CZMQ

/// One libzmq context: its I/O thread and the sockets made from it.
///
/// The context ends when the last reference goes, and waits there until every socket is closed and has sent what it
/// held (or its linger time is over).
package final class Context: Sendable {
  /// libzmq's context functions are safe from any thread.
  nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  package init() throws(ZMQError) {
    guard let handle = zmq_ctx_new() else { throw ZMQError(code: zmq_errno(), call: "zmq_ctx_new") }
    self.handle = handle
  }

  /// Makes every call that waits on a socket of this context end with `isTermination`, now and from now on.
  package func shutdown() { zmq_ctx_shutdown(handle) }

  deinit { zmq_ctx_term(handle) }
}
