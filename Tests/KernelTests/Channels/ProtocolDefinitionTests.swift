import Kernel
import KernelTestSupport
import Testing

/// What Jupyter's protocol and ipykernel say where a request leaves a field out, and what runs after an interrupt or a mistake.
@Suite("requests by the protocol's definitions") struct ProtocolDefinitionTests {
  private func history(_ fields: JSONValue) throws -> HistoryRequest {
    try HistoryRequest(RequestFields(of: "history_request", try #require(fields.object)))
  }

  @Test(
    "history: ten cells without a number, inputs without outputs, all that fits a search, null as if left out"
  )
  func historyDefaults() throws {
    let plain = try history([:])
    guard case .tail(count: 10) = plain.query else {
      Issue.record("\(plain.query)")
      return
    }
    #expect(!plain.wantsOutput)
    guard
      case .range(session: 0, start: 0, stop: nil) = try history(["hist_access_type": "range", "stop": .null])
        .query
    else {
      Issue.record("a range is another")
      return
    }
    guard
      case .search(pattern: "*", count: nil, unique: false) = try history([
        "hist_access_type": "search", "n": nil,
      ])
      .query
    else {
      Issue.record("a search is another")
      return
    }
    guard
      case .search(pattern: "a*", count: 3, unique: true) =
        try history(["hist_access_type": "search", "pattern": "a*", "n": 3, "unique": true]).query
    else {
      Issue.record("a search with all its fields is another")
      return
    }
  }

  @Test("history: a line's third part is its input, or input and output where outputs are asked for")
  func historyRows() {
    var entry = HistoryEntry(session: 0, line: 4, input: "version", output: "camkernel")
    #expect(HistoryRequest.Reply([entry], withOutput: false).json == ["history": [[0, 4, "version"]]])
    #expect(
      HistoryRequest.Reply([entry], withOutput: true).json == [
        "history": [[0, 4, ["version", "camkernel"]]]
      ])
    entry.output = nil
    #expect(HistoryRequest.Reply([entry], withOutput: true).json == ["history": [[0, 4, ["version", nil]]]])
  }

  private let kernel: TestKernel
  private let frontend: FakeFrontend

  init() throws {
    kernel = try TestKernel(TestConnection.ipc().0)
    frontend = try kernel.frontend()
    try frontend.published("status")
  }

  @Test("a client that does not say that it can be asked is not asked")
  func unasked() throws {
    try frontend.send("execute_request", ["code": "ask name?"])
    let reply = try frontend.reply("execute_reply").content
    #expect(reply["evalue"] == "this frontend cannot be asked for input")
  }

  @Test("without a cursor the code's end is meant, by characters")
  func cursor() throws {
    try frontend.send("complete_request", ["code": "é😀x"])
    let reply = try frontend.reply("complete_reply").content
    #expect(reply["cursor_start"] == 0 && reply["cursor_end"] == 3)
  }

  @Test("what changes a display names it, and a silent cell's mistake is in its reply only")
  func displays() throws {
    let request = try frontend.send("execute_request", ["code": "show a\nupdate b"])
    let shown = try frontend.publications(of: request).filter { $0.type.hasSuffix("display_data") }
    #expect(shown.map(\.type) == ["display_data", "update_display_data"])
    #expect(shown.map { $0.content["transient"] } == [["display_id": "shown"], ["display_id": "shown"]])
    let silent = try frontend.send("execute_request", ["code": "fail", "silent": true])
    #expect(try frontend.publications(of: silent).map(\.type) == ["status"])
  }

  @Test("a comm that is opened again begins anew, and one to an unknown target ends it")
  func reopened() throws {
    for data in [["x": 1], ["x": 2]] as [JSONValue] {
      let opened = try frontend.send("comm_open", ["comm_id": "a", "target_name": "echo", "data": data])
      let answer = try frontend.publications(of: opened).last { $0.type == "comm_msg" }
      #expect(answer?.content == ["comm_id": "a", "data": ["opened": data]])
      try frontend.send("comm_info_request")
      #expect(try frontend.reply("comm_info_reply").content["comms"] == ["a": ["target_name": "echo"]])
    }
    let lost = try frontend.send("comm_open", ["comm_id": "a", "target_name": "nowhere", "data": [:]])
    #expect(try frontend.publications(of: lost).map(\.type).contains("comm_close"))
    try frontend.send("comm_info_request")
    #expect(try frontend.reply("comm_info_reply").content["comms"] == [:])
  }

  @Test("comms of another target are not listed")
  func targets() throws {
    try frontend.send("comm_open", ["comm_id": "a", "target_name": "echo", "data": [:]])
    for (fields, comms) in [
      (["target_name": "other"], [:]), (["target_name": "echo"], ["a": ["target_name": "echo"]]),
      (["target_name": nil], ["a": ["target_name": "echo"]]),
    ] as [(JSONValue, JSONValue)] {
      try frontend.send("comm_info_request", fields)
      #expect(try frontend.reply("comm_info_reply").content["comms"] == comms)
    }
  }

  @Test("a mistake aborts what was sent before it, and nothing of what follows later")
  func oneAbort() throws {
    try frontend.send("execute_request", ["code": "fail"])
    #expect(try frontend.reply("execute_reply").content["status"] == "error")
    // The first waits for an answer until the second is there.
    for code in ["ask go?", "print 2"] as [String] {
      try frontend.send("execute_request", ["code": .string(code), "allow_stdin": true])
    }
    try frontend.send("kernel_info_request")
    try frontend.reply("input_request", on: .stdin)
    try frontend.send("input_reply", ["value": "1"], on: .stdin)
    let replies = try (0..<2).map { _ in try frontend.reply("execute_reply").content["status"] }
    #expect(replies == ["ok", "ok"])
  }

  @Test("a cell that was sent after the interrupt runs, though it waited behind the interrupted one")
  func sentAfterInterrupt() throws {
    let request = try frontend.send("execute_request", ["code": "wait"])
    try frontend.busy(of: request)
    let interrupt = Timestamp(microseconds: Timestamp.now.microseconds - 20_000_000)
    for seconds in [-5, 5] {
      let date = Timestamp(microseconds: interrupt.microseconds + seconds * 1_000_000)
      try frontend.send("execute_request", ["code": .string("print \(seconds)")], date: date)
    }
    try frontend.send("interrupt_request", on: .control, date: interrupt)
    try frontend.reply("interrupt_reply", on: .control)
    let replies = try (0..<3).map { _ in try frontend.reply("execute_reply").content["status"] }
    #expect(replies == ["error", "aborted", "ok"])
  }

  @Test("`starting` is said to the first subscriber of a kernel that has served nobody, and to no other")
  func starting() throws {
    let served = try TestKernel(TestConnection.ipc().0)
    let deaf = try FakeFrontend(to: served.connection, subscription: nil)
    try deaf.send("kernel_info_request")
    try deaf.reply("kernel_info_reply")
    let late = try served.frontend("late")
    let request = try late.send("execute_request", ["code": "print a"])
    var states: [JSONValue?] = []
    var message = try late.receive(on: .iopub)
    while message.parentID != request || message.content["execution_state"] != "idle" {
      states.append(message.content["execution_state"])
      message = try late.receive(on: .iopub)
    }
    #expect(!states.contains("starting"))
  }
}
