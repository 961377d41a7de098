import CAMRuntime
package import ZMQShim

/// Asks the person at the frontend for a line, on behalf of the cell that runs.
package final class StdinChannel {
  private let port: RequestPort
  private let life: KernelLife

  /// How often it is tried to reach a client that has connected to shell but not yet to stdin.
  private static let connectMilliseconds = 20

  package init(
    in context: Context, connection: ConnectionFile, wire: Wire, life: KernelLife
  ) throws(KernelServerError) {
    port = try RequestPort(.stdin, in: context, connection: connection, wire: wire, life: life)
    self.life = life
  }

  /// Sends an input_request to who sent `request` and waits for that client's answer, or for an interrupt.
  package func ask(_ question: InputRequest, for request: RawMessage) throws -> String {
    let interruptsBefore = life.interrupts
    while try port.next() != nil {}
    let answer = Answer(messageType: InputRequest.messageType, content: question.json)
    var isAsked = false
    while true {
      guard !life.isStopping, life.interrupts == interruptsBefore else { throw Interrupted() }
      if !isAsked { isAsked = try port.reaches(answer, to: request) }
      while let message = try port.next() {
        if message.header.messageType == InputReply.messageType, message.identities == request.identities {
          return try InputReply(RequestFields(of: InputReply.messageType, try message.content())).value
        }
      }
      let wait = isAsked ? -1 : Self.connectMilliseconds
      if try port.wait(orBell: life.shellBell, timeoutMilliseconds: wait).descriptor {
        life.shellBell.silence()
      }
    }
  }
}

/// Why no line can be asked for.
package enum InputError: Error, Hashable, CustomStringConvertible {
  case notAllowed

  package var description: String { "this frontend cannot be asked for input" }
}
