import Glibc
internal import ZMQShim

/// A kernel at work: five channels around one interpreter, each socket on a thread of its own.
package final class KernelServer: Sendable {
  private let context: Context
  private let life: KernelLife
  private let publisher: Publisher
  private let interpreter: InterpreterReference
  private let unread: SendBacklog
  private let shell: ChannelThread
  private let control: ChannelThread
  private let iopub: ChannelThread
  private let heartbeat: ChannelThread

  /// Convolutions run on the shell thread, and their libraries expect a main thread's stack.
  private static let shellStackBytes = 16 << 20

  /// Binds all channels and starts to serve; where one cannot be bound nothing is left running.
  ///
  /// `onStop` is called, on any thread, as soon as it is known that the kernel will leave.
  package init(
    connection: ConnectionFile, interpreter: sending any Interpreter,
    onStop: @escaping @Sendable () -> Void = {}
  ) throws(KernelServerError) {
    let reference = InterpreterReference(interpreter)
    let context: Context
    do throws(ZMQError) { context = try Context() } catch {
      throw .system(call: error.call, code: error.code)
    }
    let life = try KernelLife(onStop: onStop)
    let publisher = try Publisher()
    let wire = Wire(key: connection.key)
    unread = wire.unread
    let interrupt = Self.interruption(of: reference, life)
    iopub = try ChannelThread.start("iopub") { () throws(KernelServerError) in
      try IOPubChannel(publisher: publisher, in: context, connection: connection, wire: wire, life: life)
    } body: {
      $0.run()
    }
    control = try ChannelThread.start("control") { () throws(KernelServerError) in
      try ControlChannel(
        interrupt: interrupt, publisher: publisher, in: context, connection: connection, wire: wire,
        life: life)
    } body: {
      $0.run()
    }
    heartbeat = try ChannelThread.start("heartbeat") { () throws(KernelServerError) in
      try HeartbeatChannel(in: context, connection: connection)
    } body: {
      $0.run()
    }
    shell = try ChannelThread.start("shell", stackBytes: Self.shellStackBytes) {
      () throws(KernelServerError) in
      try ShellChannel(
        interpreter: reference.interpreter, publisher: publisher, in: context, connection: connection,
        wire: wire,
        life: life)
    } body: {
      $0.run()
    }
    self.context = context
    self.life = life
    self.publisher = publisher
    self.interpreter = reference
    do throws(KernelServerError) {
      for thread in [shell, control, iopub, heartbeat] { try thread.waitUntilReady() }
    } catch {
      stop()
      finish()
      throw error
    }
  }

  /// What an interrupt_request and SIGINT do: end the running cell, where one runs.
  package func interrupt() { Self.interruption(of: interpreter, life)(.now) }

  /// Asks all threads to leave, and the running cell to end.
  package func stop() {
    life.stop()
    interpreter.interpreter.interrupt()
  }

  package var isStopping: Bool { life.isStopping }

  /// Waits until a client asked for shutdown or `stop` was called; false where the time was over first.
  package func waitUntilStopping(timeoutMilliseconds: Int32 = -1) -> Bool {
    life.stopBell.wait(timeoutMilliseconds: timeoutMilliseconds)
  }

  /// Waits for the threads, in the order that lets everything said be sent, and until libzmq has sent it; false where
  /// the running cell did not end in time, and the process has to leave over its head.
  ///
  /// Who posts to iopub ends before it: shell first, because its cell may be long in ending and control is answered
  /// meanwhile. The context comes last and is waited for: what a closed socket still holds is sent by a thread of libzmq's.
  @discardableResult
  package func finish(timeoutMilliseconds: Int32 = 2000) -> Bool {
    interpreter.interpreter.interrupt()
    let shellEnded = shell.join(timeoutMilliseconds: timeoutMilliseconds)
    life.letControlLeave()
    let controlEnded = control.join(timeoutMilliseconds: timeoutMilliseconds)
    publisher.mailbox.close()
    let iopubEnded = iopub.join(timeoutMilliseconds: timeoutMilliseconds)
    context.shutdown()
    let heartbeatEnded = heartbeat.join(timeoutMilliseconds: timeoutMilliseconds)
    guard shellEnded, controlEnded, iopubEnded, heartbeatEnded else {
      waitUntilSent(timeoutMilliseconds: Int(timeoutMilliseconds))
      return false
    }
    context.terminate()
    return true
  }

  /// Waits until libzmq's thread has taken everything that it was given, as far as clients read.
  private func waitUntilSent(timeoutMilliseconds: Int) {
    let end = MonotonicTime.nanoseconds + UInt64(timeoutMilliseconds) * 1_000_000
    while unread.bytes > 0, MonotonicTime.nanoseconds < end { usleep(1000) }
  }

  private static func interruption(
    of reference: InterpreterReference, _ life: KernelLife
  ) -> @Sendable (Timestamp) -> Void {
    { date in if life.noteInterrupt(sent: date) { reference.interpreter.interrupt() } }
  }
}

/// The interpreter on its way to the shell thread.
///
/// Other threads only call `interrupt()`, which is safe from any.
private final class InterpreterReference: @unchecked Sendable {
  let interpreter: any Interpreter

  init(_ interpreter: sending any Interpreter) { self.interpreter = interpreter }
}
