/// The kernel asks the person for a line.
package struct InputRequest: MessageContent {
  package static let messageType = "input_request"

  package let prompt: String
  package let isPassword: Bool

  package var json: JSONValue { ["prompt": .string(prompt), "password": .bool(isPassword)] }
}

/// The person's line.
package struct InputReply: Notice {
  package static let messageType = "input_reply"

  package let value: String

  package init(_ fields: RequestFields) throws(RequestFailure) { value = try fields.text("value") }
}
