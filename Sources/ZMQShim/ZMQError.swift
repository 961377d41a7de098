internal import CZMQ

/// A call of libzmq that failed: which one, and its errno.
package struct ZMQError: Error, Hashable, CustomStringConvertible {
  package let code: Int32
  package let call: String

  init(code: Int32, call: StaticString) {
    self.code = code
    self.call = call.description
  }

  /// The context was shut down; the owner of the socket closes it and leaves.
  package var isTermination: Bool { code == ETERM }
  /// The peer that a message was for is gone.
  package var isUnreachable: Bool { code == EHOSTUNREACH }

  /// libzmq's own words for the code, as in "Address already in use".
  package var reason: String { String(cString: zmq_strerror(code)) }

  package var description: String { "\(call): \(reason)" }
}
