internal import CZMQ

/// The socket types that a kernel and its tests use.
package enum SocketKind: Sendable {
  case router, dealer, xpub, sub, xsub, rep, req

  var code: CInt {
    switch self {
    case .router: ZMQ_ROUTER
    case .dealer: ZMQ_DEALER
    case .xpub: ZMQ_XPUB
    case .sub: ZMQ_SUB
    case .xsub: ZMQ_XSUB
    case .rep: ZMQ_REP
    case .req: ZMQ_REQ
    }
  }
}
