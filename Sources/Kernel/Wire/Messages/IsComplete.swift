/// Asks whether a text is ready to run or another line should follow, as consoles do.
package struct IsCompleteRequest: Request {
  package static let messageType = "is_complete_request"

  package let code: String

  package init(_ fields: RequestFields) throws(RequestFailure) { code = try fields.text("code") }

  package struct Reply: MessageContent {
    package static let messageType = "is_complete_reply"
    package let json: JSONValue

    package init(_ completeness: CellCompleteness) {
      json =
        switch completeness {
        case .complete: ["status": "complete"]
        case .invalid: ["status": "invalid"]
        case .incomplete(let indent): ["status": "incomplete", "indent": .string(indent)]
        }
    }
  }
}
