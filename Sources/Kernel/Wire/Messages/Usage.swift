/// Asks what the kernel uses of the machine (jupyter-resource-usage does).
package struct UsageRequest: Request {
  package static let messageType = "usage_request"

  package init(_ fields: RequestFields) {}

  package struct Reply: MessageContent {
    package static let messageType = "usage_reply"
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }
  }
}
