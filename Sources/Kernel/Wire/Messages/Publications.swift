/// The kernel's state in the eyes of its clients.
package enum KernelStatus: String, Sendable { case starting, busy, idle }

extension DisplayBundle {
  /// The data of the bundle as the protocol has it: MIME type to content.
  var dataJSON: JSONValue {
    var object = JSONObject()
    for (type, content) in data { object[type] = content }
    return .object(object)
  }
}

/// What the kernel publishes on iopub: a message type with its content.
package struct Publication: Sendable {
  /// Text is kept apart, because pieces of it are joined before they are sent.
  package enum Body: Sendable {
    case text(OutputStream, String)
    case other
  }

  package let messageType: String
  package let content: JSONValue
  package var body: Body = .other
  package var metadata: JSONValue = [:]
  package var buffers: [[UInt8]] = []

  package init(_ messageType: String, _ content: JSONValue) {
    self.messageType = messageType
    self.content = content
  }

  package static func status(_ status: KernelStatus) -> Publication {
    Publication("status", ["execution_state": .string(status.rawValue)])
  }

  package static func executeInput(_ code: String, executionCount: Int) -> Publication {
    Publication("execute_input", ["code": .string(code), "execution_count": .integer(executionCount)])
  }

  package static func stream(_ name: OutputStream, _ text: String) -> Publication {
    var publication = Publication("stream", ["name": .string(name.rawValue), "text": .string(text)])
    publication.body = .text(name, text)
    return publication
  }

  /// What subscribers can choose by: the message type, for text with the stream's name.
  package var topic: String {
    if case .text(let stream, _) = body { "stream.\(stream.rawValue)" } else { messageType }
  }

  package static func display(_ bundle: DisplayBundle, id: String?) -> Publication {
    Publication(
      "display_data",
      [
        "data": bundle.dataJSON, "metadata": bundle.metadata,
        "transient": id.map { ["display_id": .string($0)] } ?? [:],
      ])
  }

  package static func update(_ bundle: DisplayBundle, id: String) -> Publication {
    Publication(
      "update_display_data",
      ["data": bundle.dataJSON, "metadata": bundle.metadata, "transient": ["display_id": .string(id)]])
  }

  package static func result(_ bundle: DisplayBundle, executionCount: Int) -> Publication {
    Publication(
      "execute_result",
      ["data": bundle.dataJSON, "metadata": bundle.metadata, "execution_count": .integer(executionCount)])
  }

  package static func error(name: String, value: String, traceback: [String]) -> Publication {
    Publication(
      "error",
      [
        "ename": .string(name), "evalue": .string(value), "traceback": .array(traceback.map { .string($0) }),
      ])
  }

  package static func clearOutput(wait: Bool) -> Publication {
    Publication("clear_output", ["wait": .bool(wait)])
  }

  package static func welcome(subscription: String) -> Publication {
    Publication("iopub_welcome", ["subscription": .string(subscription)])
  }

  package static func shutdown(restart: Bool) -> Publication {
    Publication(
      ShutdownRequest.Reply.messageType, ["status": "ok", "restart": .bool(restart)])
  }

  package static func commMessage(id: String, data: JSONValue, buffers: [[UInt8]]) -> Publication {
    var publication = Publication(CommMessage.messageType, ["comm_id": .string(id), "data": data])
    publication.buffers = buffers
    return publication
  }

  package static func commClose(id: String) -> Publication {
    Publication(CommClose.messageType, ["comm_id": .string(id), "data": [:]])
  }
}
