internal import CFuzzing
import Glibc
import Kernel

/// One input of libFuzzer: cut into frames (two bytes of length before each), received with and without a key, and
/// served by handlers of every request.
///
/// A refusal or an error reply is fine; a trap, a reply that is not JSON or an
/// accepted forgery is a finding.
private func serve(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let frames = frames(of: UnsafeBufferPointer(start: start, count: count))
  let forged = try? RawMessage(frames, signer: MessageSigner(key: [1]), replays: ReplayGuard(capacity: 1))
  precondition(forged == nil, "a message without the key was taken")
  guard
    let message = try? RawMessage(frames, signer: MessageSigner(key: []), replays: ReplayGuard(capacity: 1))
  else {
    return 0
  }
  guard let answer = makeRouter().answer(to: message) else { return 0 }
  let composer = MessageComposer(signer: MessageSigner(key: [1]), sessionID: "fuzz")
  let sent = composer.frames(
    of: answer.messageType, content: answer.content, parent: message.headerBytes,
    identities: message.identities)
  guard let parts = try? WireFrames(Array(sent.dropFirst(message.identities.count))),
    (try? JSONParser.parse(parts.content)) != nil, (try? JSONParser.parse(parts.parentHeader)) != nil
  else { preconditionFailure("an answer that is no message") }
  return 0
}

private func frames(of bytes: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
  var frames: [[UInt8]] = []
  var place = 0
  while place + 2 <= bytes.count {
    let length = min(Int(bytes[place]) << 8 | Int(bytes[place + 1]), bytes.count - place - 2)
    frames.append(Array(bytes[(place + 2)..<(place + 2 + length)]))
    place += 2 + length
  }
  return frames
}

/// Handlers that use every field they get.
private func makeRouter() -> RequestRouter {
  var router = RequestRouter()
  router.on(KernelInfoRequest.self) { _, _ in KernelInfoRequest.Reply([:]) }
  router.on(ExecuteRequest.self) { request, _ in
    var outcome = CellOutcome(ending: .ok, executionCount: request.cell.code.utf8.count)
    outcome.userExpressions = request.cell.userExpressions.map { ($0.name, .string($0.expression)) }
    return ExecuteRequest.Reply(outcome)
  }
  router.on(CompleteRequest.self) { request, _ in
    precondition((0...request.code.unicodeScalars.count).contains(request.cursor))
    return CompleteRequest.Reply(CompletionAnswer(matches: [], start: request.cursor, end: request.cursor))
  }
  router.on(InspectRequest.self) { request, _ in
    precondition((0...request.code.unicodeScalars.count).contains(request.cursor))
    return InspectRequest.Reply(DisplayBundle([("text/plain", .string(request.code))]))
  }
  router.on(IsCompleteRequest.self) { request, _ in IsCompleteRequest.Reply(.incomplete(indent: request.code))
  }
  router.on(HistoryRequest.self) { request, _ in
    HistoryRequest.Reply(
      [HistoryEntry(session: 1, line: 1, input: "\(request.query)")], withOutput: request.wantsOutput)
  }
  router.on(CommInfoRequest.self) { request, _ in CommInfoRequest.Reply([(request.target ?? "", "target")]) }
  router.on(CommOpen.self) { _, _ in }
  router.on(CommMessage.self) { _, _ in }
  router.on(CommClose.self) { _, _ in }
  router.on(InputReply.self) { _, _ in }
  router.on(InterruptRequest.self) { _, _ in InterruptRequest.Reply() }
  router.on(ShutdownRequest.self) { request, _ in ShutdownRequest.Reply(restart: request.restart) }
  router.on(UsageRequest.self) { _, _ in UsageRequest.Reply([:]) }
  return router
}

exit(fuzz(CommandLine.argc, CommandLine.unsafeArgv) { start, count in serve(start, count) })
