package import ZMQShim

/// Sends back whatever comes, so that a client sees that the process is alive.
package final class HeartbeatChannel {
  private let socket: Socket

  package init(in context: Context, connection: ConnectionFile) throws(KernelServerError) {
    socket = try boundSocket(.heartbeat, .router, in: context, connection: connection) {
      (socket) throws(ZMQError) in
      try socket.setRouterHandover(true)
      try socket.setLinger(milliseconds: 0)
      try socket.setLargestFrame(bytes: 1 << 20)
    }
  }

  /// Runs until the context is shut down.
  package func run() {
    do throws(ZMQError) {
      while true {
        switch try socket.receive(limits: ReceiveLimits(frames: 16, bytes: 1 << 20)) {
        case .message(let frames): try socket.send(frames)
        case .oversized: continue
        case .nothing: _ = try socket.wait()
        }
      }
    } catch {
      // The context is going; nothing is left to do here.
    }
  }
}
