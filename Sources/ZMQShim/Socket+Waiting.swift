internal import CZMQ

/// Which of the things waited for has something to read.
package struct Readiness: Sendable, Equatable {
  package var socket = false
  package var descriptor = false

  package init(socket: Bool = false, descriptor: Bool = false) {
    self.socket = socket
    self.descriptor = descriptor
  }
}

extension Socket {
  /// Waits until a message is here, or the file descriptor can be read, or the time is over.
  ///
  /// A negative timeout waits for ever. A context that is shut down ends the wait with `isTermination`.
  package borrowing func wait(
    orDescriptor descriptor: Int32? = nil, timeoutMilliseconds: Int = -1
  ) throws(ZMQError) -> Readiness {
    var items = (
      zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
      zmq_pollitem_t(socket: nil, fd: descriptor ?? -1, events: Int16(ZMQ_POLLIN), revents: 0)
    )
    try check("zmq_poll") {
      withUnsafeMutableBytes(of: &items) { bytes in
        zmq_poll(
          bytes.assumingMemoryBound(to: zmq_pollitem_t.self).baseAddress, descriptor == nil ? 1 : 2,
          timeoutMilliseconds)
      }
    }
    return Readiness(socket: items.0.revents != 0, descriptor: items.1.revents != 0)
  }
}
