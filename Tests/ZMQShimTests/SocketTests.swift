import Foundation
import TestSupport
import Testing
import ZMQShim

@Suite("sockets") struct SocketTests {
  private let context: Context

  init() throws { context = try Context() }

  /// A bound and a connected socket.
  private struct Pair: ~Copyable {
    let bound: Socket
    let connected: Socket
  }

  private func sockets(
    _ first: SocketKind, _ second: SocketKind, at endpoint: String = "tcp://127.0.0.1:*"
  ) throws -> Pair {
    let bound = try Socket(first, in: context)
    try bound.setLinger(milliseconds: 0)
    try bound.bind(to: endpoint)
    let connected = try Socket(second, in: context)
    try connected.setLinger(milliseconds: 0)
    try connected.connect(to: try bound.boundEndpoint())
    return Pair(bound: bound, connected: connected)
  }

  /// The next message, waited for.
  private func next(_ socket: borrowing Socket, limits: ReceiveLimits = ReceiveLimits()) throws -> Received {
    try #require(try socket.wait(timeoutMilliseconds: 20_000).socket, "nothing came")
    return try socket.receive(limits: limits)
  }

  @Test(
    "a message arrives whole, its empty frames too",
    arguments: ["tcp://127.0.0.1:*", "inproc://whole"],
    [[[1, 2, 3]], [[]], [[], [0], [], [255, 254], []], [[UInt8](repeating: 7, count: 300_000), [1]]])
  func whole(_ endpoint: String, _ frames: [[UInt8]]) throws {
    let pair = try sockets(.router, .dealer, at: endpoint)
    #expect(try pair.connected.send(frames))
    guard case .message(let got) = try next(pair.bound) else { return #expect(Bool(false), "no message") }
    #expect(Array(got.dropFirst()) == frames)
    #expect(try pair.bound.send(got))
    guard case .message(let back) = try next(pair.connected) else {
      return #expect(Bool(false), "no message")
    }
    #expect(back == frames)
    guard case .nothing = try pair.connected.receive() else { return #expect(Bool(false), "there is more") }
  }

  @Test(
    "a message over the limits is thrown away whole, and the next one is not harmed",
    arguments: [
      (ReceiveLimits(frames: 3, bytes: 1000), [[UInt8]](repeating: [1], count: 4)),
      (ReceiveLimits(frames: 10, bytes: 99), [[UInt8](repeating: 1, count: 95), [0]]),
    ])
  func oversized(_ limits: ReceiveLimits, _ frames: [[UInt8]]) throws {
    let pair = try sockets(.router, .dealer)
    try pair.connected.send(frames)
    try pair.connected.send([[5]])
    guard case .oversized = try next(pair.bound, limits: limits) else {
      return #expect(Bool(false), "it was taken")
    }
    guard case .message(let after) = try next(pair.bound, limits: limits) else {
      return #expect(Bool(false), "lost")
    }
    #expect(after.last == [5] && after.count == 2)
  }

  @Test("a peer that is not there refuses or drops, as asked")
  func unreachable() throws {
    let router = try Socket(.router, in: context)
    #expect(try router.send([[9], [1]]))
    try router.setRouterMandatory(true)
    let error = #expect(throws: ZMQError.self) { try router.send([[9], [1]]) }
    #expect(error?.isUnreachable == true && error?.isTermination == false)
    #expect(error?.call == "zmq_msg_send")
    let dealer = try Socket(.dealer, in: context)
    #expect(try !dealer.send([[1]]))
  }

  @Test("an error names the call and the reason")
  func reasons() throws {
    let pair = try sockets(.router, .dealer)
    let endpoint = try pair.bound.boundEndpoint()
    let other = try Socket(.router, in: context)
    let taken = #expect(throws: ZMQError.self) { try other.bind(to: endpoint) }
    #expect(taken?.description == "zmq_bind: Address already in use")
    let odd = #expect(throws: ZMQError.self) { try other.connect(to: "nonsense") }
    #expect(odd?.description == "zmq_connect: Invalid argument")
  }

  @Test("a client that comes again with its identity takes its place")
  func handover() throws {
    let router = try Socket(.router, in: context)
    try router.setRouterHandover(true)
    try router.bind(to: "tcp://127.0.0.1:*")
    let endpoint = try router.boundEndpoint()
    func client(_ word: UInt8) throws -> Socket {
      let dealer = try Socket(.dealer, in: context)
      try dealer.setLinger(milliseconds: 0)
      try dealer.setIdentity([65, 66])
      try dealer.connect(to: endpoint)
      try dealer.send([[word]])
      guard case .message(let got) = try next(router) else { throw CancellationError() }
      #expect(got == [[65, 66], [word]])
      return dealer
    }
    let first = try client(1)
    let second = try client(2)
    try router.send([[65, 66], [3]])
    guard case .message(let got) = try next(second) else { return #expect(Bool(false), "no message") }
    #expect(got == [[3]])
    guard case .nothing = try first.receive() else { return #expect(Bool(false), "the former one got it") }
  }

  @Test("a socket that listens at a file takes it along, but not what another has put there")
  func files() throws {
    let path = TemporaryFolder.file("socket")
    func exists() -> Bool { FileManager.default.fileExists(atPath: path) }
    func bound() throws -> Socket {
      let socket = try Socket(.router, in: context)
      try socket.bind(to: "ipc://\(path)")
      return socket
    }
    func use(_ socket: consuming Socket) {}
    let first = try bound()
    #expect(exists())
    let second = try bound()
    use(first)
    #expect(exists())
    use(second)
    #expect(!exists())
  }

  @Test("waiting tells a message from a file descriptor, and ends with its time")
  func waiting() throws {
    let pair = try sockets(.router, .dealer)
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    #expect(try pair.bound.wait(orDescriptor: descriptor, timeoutMilliseconds: 1) == Readiness())
    try pipe.fileHandleForWriting.write(contentsOf: [1])
    #expect(try pair.bound.wait(orDescriptor: descriptor) == Readiness(descriptor: true))
    try pair.connected.send([[1]])
    #expect(try pair.bound.wait(timeoutMilliseconds: 20_000) == Readiness(socket: true))
    #expect(try pair.bound.wait(orDescriptor: descriptor) == Readiness(socket: true, descriptor: true))
  }

  @Test("each subscriber gets what begins with its topic")
  func subscriptions() throws {
    let pair = try sockets(.xpub, .sub)
    try pair.connected.subscribe(to: [1])
    guard case .message(let subscription) = try next(pair.bound) else { return #expect(Bool(false), "none") }
    #expect(subscription == [[1, 1]])
    try pair.bound.send([[2], [0]])
    try pair.bound.send([[1, 9], [7]])
    guard case .message(let got) = try next(pair.connected) else { return #expect(Bool(false), "none") }
    #expect(got == [[1, 9], [7]])
  }
}
