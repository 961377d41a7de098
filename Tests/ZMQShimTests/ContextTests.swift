import Foundation
import Synchronization
import Testing
import ZMQShim

@Suite("contexts and backlogs") struct ContextTests {
  /// A thread that waits on a socket of its own; gives what ended the wait.
  private func waiter(
    in context: Context, milliseconds: Int, isReady: @escaping @Sendable (pthread_t) -> Void
  ) -> () ->
    ZMQError?
  {
    let (outcome, done) = (Shared<ZMQError>(), DispatchSemaphore(value: 0))
    Thread {
      do throws(ZMQError) {
        let socket = try Socket(.router, in: context)
        isReady(pthread_self())
        _ = try socket.wait(timeoutMilliseconds: milliseconds)
      } catch { outcome.value.withLock { $0 = error } }
      done.signal()
    }.start()
    return {
      done.wait()
      return outcome.value.withLock { $0 }
    }
  }

  private final class Shared<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  @Test("a shutdown ends every wait, and every later call")
  func shutdown() throws {
    let context = try Context()
    let socket = try Socket(.dealer, in: context)
    let ready = DispatchSemaphore(value: 0)
    let waits = (0..<3).map { _ in waiter(in: context, milliseconds: -1) { _ in ready.signal() } }
    for _ in waits { ready.wait() }
    context.shutdown()
    for wait in waits { #expect(wait()?.isTermination == true) }
    #expect(throws: ZMQError.self) { try socket.send([[1]]) }
    let error = #expect(throws: ZMQError.self) { _ = try Socket(.router, in: context) }
    #expect(error?.isTermination == true)
  }

  @Test("a signal does not end a wait")
  func signals() throws {
    signal(SIGUSR2) { _ in }
    let thread = Shared<pthread_t>()
    let begun = ContinuousClock.now
    let wait = waiter(in: try Context(), milliseconds: 200) { id in thread.value.withLock { $0 = id } }
    while thread.value.withLock({ $0 }) == nil { sched_yield() }
    if let id = thread.value.withLock({ $0 }) { pthread_kill(id, SIGUSR2) }
    #expect(wait() == nil)
    #expect(ContinuousClock.now - begun >= .milliseconds(200))
  }

  @Test("a backlog counts what no peer has taken, in itself and in the whole")
  func backlog() throws {
    let context = try Context()
    let router = try Socket(.router, in: context)
    let dealer = try Socket(.dealer, in: context)
    try router.bind(to: "inproc://backlog")
    try dealer.connect(to: "inproc://backlog")
    let whole = SendBacklog()
    let backlog = SendBacklog(partOf: whole)
    for count in 1...3 {
      try dealer.send([[1], [UInt8](repeating: 2, count: 1000)], countedBy: backlog)
      #expect(backlog.bytes > 1001 * count && backlog.bytes < 1400 * count && whole.bytes == backlog.bytes)
    }
    for _ in 1...3 {
      guard case .message = try router.receive() else { return #expect(Bool(false), "it did not arrive") }
    }
    #expect(backlog.bytes == 0 && whole.bytes == 0)
  }

  @Test("what nobody listens to is let go of at once")
  func nobody() throws {
    let publisher = try Socket(.xpub, in: try Context())
    let backlog = SendBacklog()
    try publisher.send([[1]], countedBy: backlog)
    #expect(backlog.bytes == 0)
  }

  @Test("a context that ended has sent what its closed sockets held, and ends only once")
  func termination() throws {
    let receivers = try Context()
    let router = try Socket(.router, in: receivers)
    try router.bind(to: "tcp://127.0.0.1:*")
    let endpoint = try router.boundEndpoint()
    for word in UInt8(0)..<20 {
      let senders = try Context()
      let backlog = SendBacklog()
      do {
        let dealer = try Socket(.dealer, in: senders)
        try dealer.setLinger(milliseconds: 20_000)
        try dealer.connect(to: endpoint)
        try dealer.send([[UInt8](repeating: word, count: 100_000)], countedBy: backlog)
      }
      senders.terminate()
      #expect(backlog.bytes == 0)
      senders.terminate()
      senders.shutdown()
      #expect(try router.wait(timeoutMilliseconds: 20_000).socket)
      guard case .message(let got) = try router.receive() else { return #expect(Bool(false), "lost") }
      #expect(got.last == [UInt8](repeating: word, count: 100_000))
    }
  }
}
