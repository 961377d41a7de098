/// The open comms and what they are connected to; a comm to an unknown target is closed at once.
final class CommTable {
  private let targets: [String: any CommTarget]
  private let publisher: Publisher
  private var open: [(id: String, target: any CommTarget)] = []

  /// A frontend that opens more is mistaken or hostile; its further comms are closed.
  private static let most = 10_000

  init(targets: [any CommTarget], publisher: Publisher) {
    self.targets = Dictionary(targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.publisher = publisher
  }

  func register(in router: inout RequestRouter) {
    router.on(CommInfoRequest.self) { request, _ in self.info(request) }
    router.on(CommOpen.self) { open, message in self.opened(open, message) }
    router.on(CommMessage.self) { sent, message in self.received(sent, message) }
    router.on(CommClose.self) { close, message in self.closed(close, message) }
  }

  private func info(_ request: CommInfoRequest) -> CommInfoRequest.Reply {
    let wanted = open.filter { request.target == nil || $0.target.name == request.target }
    return CommInfoRequest.Reply(wanted.map { ($0.id, $0.target.name) })
  }

  private func opened(_ request: CommOpen, _ message: RawMessage) {
    // One that is opened again begins anew: a close would be of both for the frontend.
    if let place = place(of: request.id) { open.remove(at: place).target.closed(comm(request.id, message)) }
    guard let target = targets[request.target], open.count < Self.most else {
      publisher.post(.commClose(id: request.id), for: message)
      return
    }
    open.append((request.id, target))
    target.opened(comm(request.id, message), data: request.data, buffers: message.buffers)
  }

  private func received(_ sent: CommMessage, _ message: RawMessage) {
    guard let place = place(of: sent.id) else { return }
    open[place].target.received(sent.data, buffers: message.buffers, on: comm(sent.id, message))
  }

  private func closed(_ close: CommClose, _ message: RawMessage) {
    guard let place = place(of: close.id) else { return }
    open.remove(at: place).target.closed(comm(close.id, message))
  }

  private func place(of id: String) -> Int? { open.firstIndex { $0.id == id } }

  private func comm(_ id: String, _ message: RawMessage) -> Comm {
    Comm(id: id) { [publisher] data, buffers in
      publisher.post(.commMessage(id: id, data: data, buffers: buffers), for: message)
    }
  }
}
