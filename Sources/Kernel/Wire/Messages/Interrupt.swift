/// Asks the running cell to stop.
package struct InterruptRequest: Request {
  package static let messageType = "interrupt_request"

  package init(_ fields: RequestFields) {}

  package struct Reply: MessageContent {
    package static let messageType = "interrupt_reply"
    package let json: JSONValue = [:]

    package init() {}
  }
}
