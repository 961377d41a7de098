import Glibc
import Kernel
import KernelTestSupport
import Testing

@Suite("conversation on shell") struct ShellConversationTests {
  let kernel: TestKernel
  let frontend: FakeFrontend

  init() throws {
    kernel = try TestKernel(TestConnection.ipc().0)
    frontend = try kernel.frontend()
    try frontend.published("status")
  }

  @Test("a kernel that has left leaves no files of its channels")
  func files() throws {
    let connection = try TestConnection.ipc().0
    let paths = [Channel.shell, .control, .iopub, .stdin, .heartbeat].map {
      String(connection.endpoint(of: $0).dropFirst("ipc://".count))
    }
    func present() -> Int { paths.count { access($0, F_OK) == 0 } }
    do {
      let left = try TestKernel(connection)
      #expect(present() == 5)
      _ = consume left
    }
    #expect(present() == 0)
  }

  @Test("a cell is announced, run, answered and closed, in that order")
  func execute() throws {
    let request = try frontend.send("execute_request", ["code": "print hello\nshow picture\nvalue 42"])
    let reply = try frontend.reply("execute_reply")
    #expect(reply.content == ["status": "ok", "execution_count": 1, "user_expressions": [:], "payload": []])
    #expect(reply.parentID == request)
    try frontend.busy()
    #expect(try frontend.published("execute_input").content["execution_count"] == 1)
    #expect(try frontend.published("stream").content == ["name": "stdout", "text": "hello\n"])
    #expect(try frontend.published("display_data").content["transient"] == ["display_id": "shown"])
    let result = try frontend.published("execute_result")
    #expect(result.content == ["data": ["text/plain": "42"], "metadata": [:], "execution_count": 1])
    #expect(result.parentID == request)
    try frontend.idle()
    #expect(try frontend.isQuiet(on: .iopub))
  }

  @Test("pieces of one stream are joined, and stay before and after what stood between them")
  func joinedText() throws {
    let request = try frontend.send(
      "execute_request", ["code": "lines 3000\nwarn no\nprint a\nclear\nupdate b\nprint c"])
    let messages = try frontend.publications(of: request).dropFirst(2)
    var text = ""
    var rest = messages
    while let first = rest.first, first.type == "stream", first.content["name"] == "stdout" {
      text += first.content["text"]?.string ?? ""
      rest = rest.dropFirst()
    }
    #expect(text == (0..<3000).map { "line \($0)\n" }.joined())
    #expect(messages.count < 300)
    #expect(rest.map(\.type) == ["stream", "stream", "clear_output", "update_display_data", "stream"])
    #expect(rest.compactMap { $0.content["text"]?.string } == ["no\n", "a\n", "c\n"])
  }

  @Test("a silent cell publishes nothing but busy and idle, and is not counted")
  func silent() throws {
    let silent: JSONValue = ["code": "print a\nvalue 1", "silent": true, "user_expressions": ["x": "6*7"]]
    let request = try frontend.send("execute_request", silent)
    let reply = try frontend.reply("execute_reply").content
    #expect(reply["execution_count"] == 0)
    #expect(reply["user_expressions"]?["x"]?["data"] == ["text/plain": "6*7"])
    #expect(try frontend.publications(of: request).map(\.type) == ["status"])
    try frontend.send("execute_request", ["code": "value 1", "store_history": false])
    #expect(try frontend.reply("execute_reply").content["execution_count"] == 0)
    try frontend.send("execute_request", ["code": "value 1"])
    #expect(try frontend.reply("execute_reply").content["execution_count"] == 1)
  }

  @Test("a mistake is published, answered, and aborts the cells that were sent with it")
  func abortedQueue() throws {
    // The first waits for an answer until all are sent.
    for code in ["ask go?", "fail", "print 2", "print 3"] {
      try frontend.send("execute_request", ["code": .string(code), "allow_stdin": true])
    }
    try frontend.send("kernel_info_request")
    try frontend.reply("input_request", on: .stdin)
    try frontend.send("input_reply", ["value": "1"], on: .stdin)
    let replies = try (0..<4).map { _ in try frontend.reply("execute_reply").content }
    #expect(replies.map { $0["status"]?.string } == ["ok", "error", "aborted", "aborted"])
    #expect(replies[1]["ename"] == "failure")
    try frontend.reply("kernel_info_reply")
    let next = try frontend.send("execute_request", ["code": "print 4"])
    #expect(try frontend.reply("execute_reply").content["status"] == "ok")
    #expect(try frontend.publications(of: next).last?.content["text"] == "4\n")
  }

  @Test("a cell of the queue that arrives after the mistake is aborted too, a later one is not")
  func lateQueue() throws {
    let before = Timestamp.now
    try frontend.send("execute_request", ["code": "fail"])
    #expect(try frontend.reply("execute_reply").content["status"] == "error")
    try frontend.send("execute_request", ["code": "print late"], date: before)
    #expect(try frontend.reply("execute_reply").content["status"] == "aborted")
    try frontend.send("execute_request", ["code": "print new"])
    #expect(try frontend.reply("execute_reply").content["status"] == "ok")
  }

  @Test("without stop_on_error the queue runs on")
  func errorsAllowed() throws {
    // The first waits for an answer until all are there.
    for code in ["ask go?", "fail", "print 1"] {
      try frontend.send(
        "execute_request", ["code": .string(code), "allow_stdin": true, "stop_on_error": false])
    }
    try frontend.reply("input_request", on: .stdin)
    try frontend.send("input_reply", ["value": "1"], on: .stdin)
    let replies = try (0..<3).map { _ in try frontend.reply("execute_reply").content["status"]?.string }
    #expect(replies == ["ok", "error", "ok"])
  }

  @Test(
    "the other questions are answered",
    arguments: [
      ("complete", ["code": "pr", "cursor_pos": 2], "matches", ["print"]),
      ("complete", ["code": "é😀", "cursor_pos": 99], "cursor_end", 2),
      ("complete", ["code": "x", "cursor_pos": -5], "cursor_end", 0),
      ("inspect", ["code": "pr", "cursor_pos": 1, "detail_level": 1], "data", ["text/plain": "pr at 1, 1"]),
      ("inspect", ["code": "", "cursor_pos": 0], "found", false),
      ("is_complete", ["code": "a \\"], "indent", "  "), ("is_complete", ["code": "a"], "status", "complete"),
      ("history", ["hist_access_type": "tail", "n": 3], "history", []), ("comm_info", [:], "comms", [:]),
    ] as [(String, JSONValue, String, JSONValue)])
  func questions(_ name: String, _ content: JSONValue, _ field: String, _ expected: JSONValue) throws {
    let request = try frontend.send("\(name)_request", content)
    #expect(try frontend.reply("\(name)_reply").content[field] == expected)
    #expect(try frontend.publications(of: request).map(\.type) == ["status"])
  }

  @Test("a completion carries its kinds")
  func completionKinds() throws {
    try frontend.send("complete_request", ["code": "p", "cursor_pos": 1])
    let kinds = try frontend.reply("complete_reply").content["metadata"]?["_jupyter_types_experimental"]
    #expect(kinds == [["start": 0, "end": 1, "text": "print", "type": "keyword"]])
  }

  @Test(
    "a field of the wrong kind is named in the reply",
    arguments: [
      ("execute", ["code": 5], "'code' must be text, found a number"),
      ("execute", [:], "'code' is missing, expected text"),
      ("execute", ["code": "x", "silent": "yes"], "'silent' must be true or false, found text"),
      (
        "execute", ["code": "x", "user_expressions": [1]],
        "'user_expressions' must be an object, found an array"
      ),
      (
        "execute", ["code": "x", "user_expressions": ["a": 1]],
        "'user_expressions' must hold text, 'a' does not"
      ),
      ("complete", ["code": "x", "cursor_pos": "1"], "'cursor_pos' must be an integer, found text"),
      ("complete", ["code": "x", "cursor_pos": 0.5], "'cursor_pos' must be an integer, found a number"),
      ("inspect", ["code": nil], "'code' must be text, found null"),
      (
        "history", ["hist_access_type": "all"],
        "'hist_access_type' must be 'tail', 'range' or 'search', found 'all'"
      ),
      ("comm_info", ["target_name": []], "'target_name' must be text, found an array"),
    ] as [(String, JSONValue, String)])
  func wrongFields(_ name: String, _ content: JSONValue, _ message: String) throws {
    try frontend.send("\(name)_request", content)
    let reply = try frontend.reply("\(name)_reply").content
    #expect(reply["status"] == "error")
    #expect(reply["ename"] == "invalid-request")
    #expect(reply["evalue"] == .string("\(name)_request: \(message)"))
  }

  @Test("a request on the wrong channel is answered and not served")
  func wrongChannel() throws {
    try frontend.send("execute_request", ["code": "print 1"], on: .control)
    let reply = try frontend.reply("execute_reply", on: .control).content
    #expect(reply["ename"] == "wrong-channel")
    try frontend.send("interrupt_request")
    #expect(try frontend.reply("interrupt_reply").content["ename"] == "wrong-channel")
  }

  @Test("a message of an unknown type is not answered")
  func unknownType() throws {
    let request = try frontend.send("paint_request")
    #expect(try frontend.publications(of: request).map(\.type) == ["status"])
    try frontend.send("kernel_info_request")
    try frontend.reply("kernel_info_reply")
  }

  @Test("a comm to an unknown target is closed, one to a known target speaks both ways")
  func comms() throws {
    let lost = try frontend.send("comm_open", ["comm_id": "a", "target_name": "nowhere", "data": [:]])
    let answers = try frontend.publications(of: lost)
    #expect(answers.map(\.type) == ["status", "comm_close"])
    #expect(answers.last?.content["comm_id"] == "a")

    let open = try frontend.send(
      "comm_open", ["comm_id": "b", "target_name": "echo", "data": ["x": 1]], buffers: [[1, 2], []])
    let opened = try frontend.publications(of: open).last
    #expect(opened?.content == ["comm_id": "b", "data": ["opened": ["x": 1]]])
    #expect(opened?.buffers == [[1, 2], []])
    try frontend.send("comm_info_request", ["target_name": "echo"])
    #expect(try frontend.reply("comm_info_reply").content["comms"] == ["b": ["target_name": "echo"]])
    let sent = try frontend.send("comm_msg", ["comm_id": "b", "data": ["y": 2]])
    #expect(try frontend.publications(of: sent).last?.content["data"] == ["y": 2])
    try frontend.send("comm_close", ["comm_id": "b", "data": [:]])
    try frontend.send("comm_info_request")
    #expect(try frontend.reply("comm_info_reply").content["comms"] == [:])
  }
}
