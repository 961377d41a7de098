package import ZMQShim

/// Serves what must not wait for a running cell: interrupt, shutdown, kernel_info, usage.
package final class ControlChannel {
  private let port: RequestPort
  private var router = RequestRouter()
  private let publisher: Publisher
  private let life: KernelLife
  private let wire: Wire
  /// Set by a shutdown request.
  var stopsAfterReply = false

  package init(
    interrupt: @escaping @Sendable (Timestamp) -> Void, publisher: Publisher, in context: Context,
    connection: ConnectionFile,
    wire: Wire, life: KernelLife
  ) throws(KernelServerError) {
    port = try RequestPort(.control, in: context, connection: connection, wire: wire, life: life)
    self.publisher = publisher
    self.life = life
    self.wire = wire
    router = KernelRoutes.control(of: self, interrupt: interrupt, publisher: publisher)
  }

  /// Runs until the shell has left and everything that was asked here is answered.
  package func run() {
    do throws(ZMQError) {
      while true {
        if let message = try port.next() {
          try serve(message)
        } else if life.controlLeaves {
          return
        } else {
          _ = try port.wait(orBell: life.controlBell)
        }
      }
    } catch {
      if !error.isTermination { wire.drops.note("\(error)", on: Channel.control.rawValue) }
      life.stop()
    }
  }

  private func serve(_ message: RawMessage) throws(ZMQError) {
    try answer(message)
    if stopsAfterReply { life.stop() }
  }

  private func answer(_ message: RawMessage) throws(ZMQError) {
    publisher.post(.status(.busy), for: message)
    defer { publisher.post(.status(.idle), for: message) }
    if let answer = router.answer(to: message) { try port.send(answer, to: message) }
  }
}
