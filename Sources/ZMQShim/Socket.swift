internal import CZMQ

/// A libzmq socket with one owner, to be used on one thread at a time; when the owner drops it, it closes and takes the files
/// along at which it listened.
package struct Socket: ~Copyable {
  let handle: UnsafeMutableRawPointer
  /// The context must outlive its sockets.
  private let context: Context
  private let files = BoundFiles()

  package init(_ kind: SocketKind, in context: Context) throws(ZMQError) {
    guard let handle = zmq_socket(context.handle, kind.code) else {
      throw ZMQError(code: zmq_errno(), call: "zmq_socket")
    }
    self.handle = handle
    self.context = context
  }

  deinit {
    files.remove()
    zmq_close(handle)
  }

  package borrowing func bind(to endpoint: String) throws(ZMQError) {
    try check("zmq_bind") { zmq_bind(handle, endpoint) }
    files.note(endpoint)
  }

  package borrowing func connect(to endpoint: String) throws(ZMQError) {
    try check("zmq_connect") { zmq_connect(handle, endpoint) }
  }
}
