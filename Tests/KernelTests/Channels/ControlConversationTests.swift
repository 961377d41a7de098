import Kernel
import KernelTestSupport
import Testing

@Suite("control, stdin and heartbeat while a cell runs") struct ControlConversationTests {
  let kernel: TestKernel
  let frontend: FakeFrontend

  init() throws {
    kernel = try TestKernel(TestConnection.tcp().0)
    frontend = try kernel.frontend()
    try frontend.published("status")
  }

  private func startWaiting() throws -> String {
    let request = try frontend.send("execute_request", ["code": "wait", "allow_stdin": true])
    try frontend.busy(of: request)
    return request
  }

  @Test("control is answered while a cell runs")
  func controlAnswers() throws {
    _ = try startWaiting()
    try frontend.send("kernel_info_request", on: .control)
    let info = try frontend.reply("kernel_info_reply", on: .control).content
    #expect(info["protocol_version"] == "5.5")
    #expect(info["language_info"]?["name"] == "cam")
    try frontend.send("usage_request", on: .control)
    let usage = try frontend.reply("usage_reply", on: .control).content
    #expect((usage["kernel_memory"]?.int ?? 0) > 1 << 20)
    #expect((usage["host_virtual_memory"]?["total"]?.int ?? 0) > (usage["kernel_memory"]?.int ?? 0))
    // At the first report of the time since the machine's start, which no machine spends without any work.
    let share = try #require(usage["host_cpu_percent"]?.double)
    #expect(share > 0 && share <= 100)
    try frontend.send("interrupt_request", on: .control)
    try frontend.reply("interrupt_reply", on: .control)
    try frontend.reply("execute_reply")
  }

  @Test("an interrupt sent on seeing busy ends the cell and aborts the queue behind it")
  func interrupt() throws {
    for _ in 0..<20 {
      _ = try startWaiting()
      try frontend.send("execute_request", ["code": "print 1", "stop_on_error": false])
      try frontend.send("interrupt_request", on: .control)
      try frontend.reply("interrupt_reply", on: .control)
      #expect(try frontend.reply("execute_reply").content["ename"] == "interrupted")
      #expect(try frontend.reply("execute_reply").content["status"] == "aborted")
      let next = try frontend.send("execute_request", ["code": "print 2"])
      #expect(try frontend.reply("execute_reply").content["status"] == "ok")
      _ = try frontend.publications(of: next)
    }
  }

  @Test("interrupts of an idle kernel are answered and do not harm the next cell")
  func idleInterrupt() throws {
    for _ in 0..<50 {
      try frontend.send("interrupt_request", on: .control)
      try frontend.reply("interrupt_reply", on: .control)
      kernel.server.interrupt()
    }
    try frontend.send("execute_request", ["code": "print 1"])
    #expect(try frontend.reply("execute_reply").content["status"] == "ok")
  }

  @Test("a question reaches the client that sent the cell, and only it")
  func input() throws {
    let other = try kernel.frontend("other")
    try frontend.send("execute_request", ["code": "ask name?", "allow_stdin": true])
    let question = try frontend.reply("input_request", on: .stdin)
    #expect(question.content == ["prompt": "name?", "password": false])
    try other.send("input_reply", ["value": "intruder"], on: .stdin)
    #expect(try other.isQuiet(on: .stdin))
    try frontend.send("input_reply", ["value": "Ada"], on: .stdin)
    #expect(try frontend.reply("execute_reply").content["status"] == "ok")
    var message = try frontend.receive(on: .iopub)
    while message.type != "stream" { message = try frontend.receive(on: .iopub) }
    #expect(message.content["text"] == "Ada\n")
  }

  @Test("a question ends with an interrupt, and is not asked where the client does not allow it")
  func inputRefused() throws {
    try frontend.send("execute_request", ["code": "ask name?", "allow_stdin": false])
    #expect(
      try frontend.reply("execute_reply").content["evalue"] == "this frontend cannot be asked for input")
    try frontend.send("execute_request", ["code": "ask name?", "allow_stdin": true])
    try frontend.reply("input_request", on: .stdin)
    try frontend.send("interrupt_request", on: .control)
    #expect(try frontend.reply("execute_reply").content["ename"] == "interrupted")
  }

  @Test("the heartbeat returns what it got")
  func heartbeat() throws {
    try frontend.send(frames: [[1, 2, 3], [], [4]], on: .heartbeat)
    #expect(try frontend.frames(on: .heartbeat, timeoutMilliseconds: 20_000) == [[1, 2, 3], [], [4]])
  }

  @Test("a second subscriber is welcomed as well, and told nothing of the past")
  func secondSubscriber() throws {
    let past = try frontend.send("execute_request", ["code": "print 1"])
    try frontend.reply("execute_reply")
    #expect(try frontend.publications(of: past).last?.content["text"] == "1\n")
    let other = try kernel.frontend("other")
    #expect(try other.isQuiet(on: .iopub))
    let request = try other.send("execute_request", ["code": "print 2"])
    #expect(try other.publications(of: request).last?.content["text"] == "2\n")
    #expect(try frontend.publications(of: request).last?.content["text"] == "2\n")
  }

  @Test("a shutdown during a cell is answered, published, and ends the cell", arguments: [true, false])
  func shutdown(_ restart: Bool) throws {
    let cell = try startWaiting()
    let request = try frontend.send("shutdown_request", ["restart": .bool(restart)], on: .control)
    let reply = try frontend.reply("shutdown_reply", on: .control).content
    #expect(reply == ["status": "ok", "restart": .bool(restart)])
    #expect(kernel.server.waitUntilStopping())
    #expect(kernel.server.finish())
    #expect(try frontend.reply("execute_reply").content["ename"] == "interrupted")
    var published: [FakeFrontend.Message] = []
    while published.filter({ $0.content["execution_state"] == "idle" }).count < 2 {
      published.append(try frontend.receive(on: .iopub))
    }
    let farewell = published.first { $0.type == "shutdown_reply" && $0.parentID == request }
    #expect(farewell?.content["restart"] == .bool(restart))
    #expect(published.contains { $0.type == "error" && $0.parentID == cell })
  }

  @Test("a shutdown with a field of the wrong kind is refused")
  func wrongShutdown() throws {
    try frontend.send("shutdown_request", ["restart": "later"], on: .control)
    #expect(try frontend.reply("shutdown_reply", on: .control).content["status"] == "error")
    try frontend.send("kernel_info_request")
    try frontend.reply("kernel_info_reply")
    #expect(!kernel.server.isStopping)
  }
}
