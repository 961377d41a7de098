internal import CLinux
package import ZMQShim

/// The only sender on iopub: takes publications from the mailbox, joins pieces of text, welcomes subscribers.
package final class IOPubChannel {
  private let socket: SubscriberSocket
  private let publisher: Publisher
  private let wire: Wire
  private let life: KernelLife
  private var text: PendingText?
  private var lastTextSent: UInt64 = 0
  private var saidStarting = false

  /// Text that came within this time of the last text waits, so that a chatty cell sends few messages.
  private static let textInterval: UInt64 = 20_000_000
  private static let largestText = 64 << 10
  private static let untidyBytes = 8 << 20
  private static let restMilliseconds = 500

  /// Pieces of one stream of one request that will be sent together.
  private struct PendingText {
    let stream: OutputStream
    let parent: [UInt8]?
    var pieces: String
  }

  package init(
    publisher: Publisher, in context: Context, connection: ConnectionFile, wire: Wire, life: KernelLife
  ) throws(KernelServerError) {
    socket = try SubscriberSocket(in: context, connection: connection, unread: wire.unread)
    self.publisher = publisher
    self.wire = wire
    self.life = life
  }

  /// Runs until the mailbox is closed and everything in it is sent.
  package func run() {
    do throws(ZMQError) {
      while try turn() {}
    } catch {
      if !error.isTermination { wire.drops.note("\(error)", on: Channel.iopub.rawValue) }
      life.stop()
    }
    publisher.mailbox.close()
  }

  /// One round; false when there will be no more.
  private func turn() throws(ZMQError) -> Bool {
    try welcome()
    let (letters, isClosed) = publisher.mailbox.take()
    for letter in letters { try publish(letter) }
    if letters.isEmpty {
      if isClosed {
        try flush()
        return false
      }
      if let wait = try flushIfDue() { try sleep(wait) }
    }
    return true
  }

  /// Waits for something to do; after much traffic, and a rest, memory that nobody uses is given back to the system.
  private func sleep(_ timeoutMilliseconds: Int) throws(ZMQError) {
    let isTidy = timeoutMilliseconds >= 0 || life.traffic() < Self.untidyBytes
    let wait = isTidy ? timeoutMilliseconds : Self.restMilliseconds
    let readiness = try socket.wait(orDescriptor: publisher.mailbox.descriptor, timeoutMilliseconds: wait)
    if !isTidy, readiness == Readiness(), life.isIdle, wire.unread.bytes < Self.untidyBytes {
      _ = life.traffic(forgetting: true)
      // This thread's arena is the one that held what was sent.
      give_back_free_memory()
    }
  }

  private func publish(_ letter: Publisher.Letter) throws(ZMQError) {
    guard case .text(let stream, let piece) = letter.publication.body else {
      try flush()
      return try send(letter.publication, parent: letter.parent)
    }
    if text?.stream != stream || text?.parent != letter.parent { try flush() }
    if text == nil {
      text = PendingText(stream: stream, parent: letter.parent, pieces: piece)
    } else {
      text?.pieces += piece
    }
    if let text, text.pieces.utf8.count > Self.largestText { try flush() }
  }

  /// Sends the pending text where its time has come; otherwise says how long to wait (-1 for no pending text).
  private func flushIfDue() throws(ZMQError) -> Int? {
    guard text != nil else { return -1 }
    let elapsed = MonotonicTime.nanoseconds - lastTextSent
    if elapsed < Self.textInterval { return Int((Self.textInterval - elapsed) / 1_000_000) + 1 }
    try flush()
    return nil
  }

  private func flush() throws(ZMQError) {
    guard let text else { return }
    self.text = nil
    lastTextSent = MonotonicTime.nanoseconds
    try send(.stream(text.stream, text.pieces), parent: text.parent)
  }

  private func send(_ publication: Publication, parent: [UInt8]?) throws(ZMQError) {
    guard socket.hasSubscribers else { return }
    let frames = frames(of: publication, parent: parent)
    life.noteTraffic(bytes: frames.reduce(0) { $0 + $1.count })
    try socket.send(frames, topic: Array(publication.topic.utf8))
  }

  private func frames(of publication: Publication, parent: [UInt8]?) -> [[UInt8]] {
    wire.composer.frames(
      of: publication.messageType, content: publication.content, parent: parent,
      metadata: publication.metadata,
      buffers: publication.buffers)
  }

  /// Greets who subscribed, so that a client knows from when on it misses nothing; those who were here before hear it too.
  private func welcome() throws(ZMQError) {
    let topics = try socket.newTopics()
    for topic in topics {
      let greeting = Publication.welcome(subscription: String(decoding: topic, as: UTF8.self))
      try socket.send(frames(of: greeting, parent: nil), topic: topic)
    }
    guard !topics.isEmpty else { return }
    if !saidStarting, !life.hasServed { try send(.status(.starting), parent: nil) }
    saidStarting = true
  }
}
