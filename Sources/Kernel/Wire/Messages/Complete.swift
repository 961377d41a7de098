/// Asks what could stand at the cursor.
package struct CompleteRequest: Request {
  package static let messageType = "complete_request"

  package let code: String
  /// In Unicode code points, within the code.
  package let cursor: Int

  package init(_ fields: RequestFields) throws(RequestFailure) {
    code = try fields.text("code")
    cursor = try fields.cursor(in: code)
  }

  package struct Reply: MessageContent {
    package static let messageType = "complete_reply"
    package let json: JSONValue

    package init(_ answer: CompletionAnswer) {
      let types = answer.matches.map { match -> JSONValue in
        [
          "start": .integer(answer.start), "end": .integer(answer.end), "text": .string(match.text),
          "type": .string(match.type),
        ]
      }
      json = [
        "matches": .array(answer.matches.map { .string($0.text) }), "cursor_start": .integer(answer.start),
        "cursor_end": .integer(answer.end), "metadata": ["_jupyter_types_experimental": .array(types)],
      ]
    }
  }
}

extension RequestFields {
  /// `cursor_pos`, moved into the code where it lies outside; the code's end where it is missing.
  func cursor(in code: String) throws(RequestFailure) -> Int {
    let length = code.unicodeScalars.count
    return min(max(0, try integer("cursor_pos", default: length)), length)
  }
}
