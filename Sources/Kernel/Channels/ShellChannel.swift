package import ZMQShim

/// Serves requests one after another: busy, answer, idle; keeps the queue behind a cell that failed from running.
package final class ShellChannel {
  private let port: RequestPort
  private let publisher: Publisher
  private let life: KernelLife
  private let wire: Wire
  private let interpreter: any Interpreter
  private let stdin: StdinChannel
  private var router = RequestRouter()
  private var queue = Queue()
  private var window = AbortWindow()
  /// Set by a cell that failed; the queue is aborted before its reply is sent.
  private var abortsQueue = false
  /// Set by a shutdown request.
  var stopsAfterReply = false

  /// More than any notebook has cells; what lies behind is judged when its turn comes.
  private static let longestQueue = 10_000

  package init(
    interpreter: any Interpreter, publisher: Publisher, in context: Context, connection: ConnectionFile,
    wire: Wire,
    life: KernelLife
  ) throws(KernelServerError) {
    port = try RequestPort(.shell, in: context, connection: connection, wire: wire, life: life)
    stdin = try StdinChannel(in: context, connection: connection, wire: wire, life: life)
    self.interpreter = interpreter
    self.publisher = publisher
    self.life = life
    self.wire = wire
    router = KernelRoutes.shell(of: self, interpreter: interpreter, publisher: publisher)
  }

  /// Runs until the kernel leaves.
  package func run() {
    do throws(ZMQError) {
      while !life.isStopping {
        if let (message, isAborted) = try nextMessage() { try serve(message, isAborted: isAborted) }
      }
    } catch {
      if !error.isTermination { wire.drops.note("\(error)", on: Channel.shell.rawValue) }
      life.stop()
    }
  }

  /// The next request; waits for one, and gives nil where something else ended the wait.
  private func nextMessage() throws(ZMQError) -> (RawMessage, isAborted: Bool)? {
    if let queued = queue.take() { return queued }
    if let message = try port.next() { return (message, false) }
    life.setShellBusy(false)
    let readiness = try port.wait(orBell: life.shellBell)
    if readiness.descriptor { life.shellBell.silence() }
    life.setShellBusy(true)
    return nil
  }

  private func serve(_ message: RawMessage, isAborted: Bool) throws(ZMQError) {
    try answer(message, isAborted: isAborted)
    if stopsAfterReply { life.stop() }
  }

  private func answer(_ message: RawMessage, isAborted: Bool) throws(ZMQError) {
    let isCell = message.header.messageType == ExecuteRequest.messageType
    // Before the frontend can see that the cell runs, or an interrupt sent on seeing it might be forgotten.
    let interruptsBefore = life.interrupts
    if isCell { interpreter.clearInterrupt() }
    life.noteRequest()
    publisher.post(.status(.busy), for: message)
    defer { publisher.post(.status(.idle), for: message) }

    let answer: Answer?
    if isCell, isAborted || window.holds(message.header.date) {
      answer = Answer(
        messageType: ExecuteRequest.Reply.messageType,
        content: ExecuteRequest.Reply(abortedAfter: interpreter.executionCount).json)
    } else {
      answer = router.answer(to: message)
    }
    if life.interrupts != interruptsBefore {
      try abortQueue(sentBefore: life.interruptDate)
    } else if abortsQueue {
      // Nobody can have known of the failure yet, whatever the clocks say.
      try abortQueue(sentBefore: nil)
    }
    if let answer { try port.send(answer, to: message) }
  }

  /// Marks the requests that are here already: all, or those that were sent before an interrupt.
  private func abortQueue(sentBefore moment: Timestamp?) throws(ZMQError) {
    abortsQueue = false
    while queue.count < Self.longestQueue, let message = try port.next() { queue.append(message) }
    queue.abort { message in
      guard let moment, let date = message.header.date else { return true }
      return date <= moment
    }
    window.open(at: moment ?? .now)
  }

  /// Runs a cell, publishes its input and its error, and says how it ended.
  func execute(_ request: ExecuteRequest, for message: RawMessage) -> ExecuteRequest.Reply {
    let isSilent = request.cell.silent
    if !isSilent {
      publisher.post(
        .executeInput(request.cell.code, executionCount: interpreter.executionCount + 1), for: message)
    }
    let output = CellOutput(publisher: publisher, request: message, isSilent: isSilent) { [stdin] question in
      guard request.cell.allowInput else { throw InputError.notAllowed }
      return try stdin.ask(question, for: message)
    }
    let outcome = interpreter.execute(request.cell, output: output)
    if case .mistake(let name, let value, let traceback) = outcome.ending {
      if !isSilent { publisher.post(.error(name: name, value: value, traceback: traceback), for: message) }
      abortsQueue = request.stopsOnError
    }
    return ExecuteRequest.Reply(outcome)
  }
}

/// Requests that were taken from the socket to see them, and still have to be served.
private struct Queue {
  private var messages: [(RawMessage, isAborted: Bool)] = []
  private var first = 0

  var count: Int { messages.count - first }

  mutating func append(_ message: RawMessage) { messages.append((message, isAborted: false)) }

  mutating func abort(where isMeant: (RawMessage) -> Bool) {
    for index in first..<messages.count where isMeant(messages[index].0) { messages[index].isAborted = true }
  }

  mutating func take() -> (RawMessage, isAborted: Bool)? {
    guard first < messages.count else {
      if first > 0 { self = Queue() }
      return nil
    }
    defer { first += 1 }
    return messages[first]
  }
}
