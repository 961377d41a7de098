import Kernel
import Testing

@Suite("received messages") struct RawMessageTests {
  private let signer = MessageSigner(key: Array("key".utf8))
  private static let header =
    #"{"msg_id":"7","msg_type":"kernel_info_request","date":"2026-11-21T05:00:00Z"}"#

  private func frames(
    header: String = header, content: String = "{}", identities: [[UInt8]] = [[0, 1], []],
    buffers: [[UInt8]] = []
  ) -> [[UInt8]] {
    var parts = WireFrames(
      identities: identities, signature: [], header: Array(header.utf8), parentHeader: Array("{}".utf8),
      metadata: Array("{}".utf8), content: Array(content.utf8), buffers: buffers)
    parts.signature = signer.signature(of: parts)
    return parts.joined
  }

  private func read(
    _ frames: [[UInt8]], _ replays: ReplayGuard = ReplayGuard()
  ) throws(WireError) -> RawMessage {
    try RawMessage(frames, signer: signer, replays: replays)
  }

  @Test("a message in order is read, with its identities and buffers")
  func wellFormed() throws {
    let message = try read(frames(content: #"{"a":[1]}"#, buffers: [[9], []]))
    #expect(message.header.messageID == "7")
    #expect(message.header.messageType == "kernel_info_request")
    #expect(message.header.date == Timestamp("2026-11-21T05:00:00Z"))
    #expect(message.headerBytes == Array(Self.header.utf8))
    #expect(message.identities == [[0, 1], []])
    #expect(message.buffers == [[9], []])
    #expect(JSONValue.object(try message.content()) == ["a": [1]])
  }

  @Test("a message cut short is refused, wherever it is cut", arguments: 0..<7)
  func truncated(_ count: Int) {
    let whole = frames()
    let wanted: WireError = count < 3 ? .noDelimiter : .missingFrames(found: count - 3)
    #expect(throws: wanted) { try read(Array(whole.prefix(count))) }
  }

  @Test("a message with any frame left out, doubled or exchanged is refused or means the same")
  func rearranged() throws {
    let whole = frames()
    let original = try read(whole)
    for index in whole.indices {
      var without = whole
      without.remove(at: index)
      expectSameOrRefused(without, original)
      expectSameOrRefused(whole[...index] + whole[index...], original)
      for other in whole.indices.dropFirst(index + 1) {
        var exchanged = whole
        exchanged.swapAt(index, other)
        expectSameOrRefused(exchanged, original)
      }
    }
  }

  private func expectSameOrRefused(_ frames: some Collection<[UInt8]>, _ original: RawMessage) {
    do throws(WireError) {
      let message = try read(Array(frames))
      #expect(message.headerBytes == original.headerBytes)
      #expect(message.contentBytes == original.contentBytes)
    } catch {
      #expect([.noDelimiter, .signatureMismatch].contains(error) || isMissingFrames(error))
    }
  }

  private func isMissingFrames(_ error: WireError) -> Bool {
    if case .missingFrames = error { true } else { false }
  }

  @Test("a second delimiter is a wrong signature")
  func twoDelimiters() {
    var doubled = frames()
    doubled.insert(WireFrames.delimiter, at: 2)
    #expect(throws: WireError.signatureMismatch) { try read(doubled) }
  }

  @Test("a message is taken once")
  func replayed() throws {
    let replays = ReplayGuard()
    _ = try read(frames(), replays)
    #expect(throws: WireError.replayed) { try read(frames(), replays) }
    #expect(throws: WireError.replayed) { try read(frames(identities: [[2]]), replays) }
  }

  @Test(
    "a header that cannot be answered is refused",
    arguments: [
      ("{", .malformed(part: "header", JSONError(.unexpectedEnd, at: 1))),
      ("[]", .notAnObject(part: "header")),
      ("{}", .headerField("msg_id")), (#"{"msg_id":1,"msg_type":"a"}"#, .headerField("msg_id")),
      (#"{"msg_id":"1"}"#, .headerField("msg_type")),
      (#"{"msg_id":"1","msg_type":[]}"#, .headerField("msg_type")),
      (String(repeating: " ", count: 70_000), .headerTooLong(bytes: 70_000)),
    ] as [(String, WireError)])
  func wrongHeader(_ header: String, _ error: WireError) {
    #expect(throws: error) { try read(frames(header: header)) }
  }

  @Test("content is read when it is asked for, and must be an object")
  func wrongContent() throws {
    #expect(throws: WireError.notAnObject(part: "content")) { try read(frames(content: "3")).content() }
    #expect(throws: WireError.malformed(part: "content", JSONError(.unexpectedEnd, at: 0))) {
      try read(frames(content: "")).content()
    }
  }

  @Test("a message that the kernel makes is read again as it was meant")
  func composed() throws {
    let composer = MessageComposer(signer: signer)
    let made = composer.frames(
      of: "stream", content: ["text": "é\n"], parent: Array(#"{"msg_id":"p"}"#.utf8), identities: [[5]],
      buffers: [[1]])
    let message = try read(made)
    #expect(message.header.messageType == "stream")
    #expect(message.header.messageID.hasPrefix(composer.sessionID))
    #expect(message.header.date != nil)
    #expect(try message.content()["text"] == "é\n")
    #expect(try WireFrames(made).parentHeader == Array(#"{"msg_id":"p"}"#.utf8))
    #expect(
      try read(composer.frames(of: "a", content: [:], parent: nil)).header.messageID
        != message.header.messageID)
  }
}
