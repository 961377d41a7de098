/// Asks who the kernel is; the first thing that a client sends.
package struct KernelInfoRequest: Request {
  package static let messageType = "kernel_info_request"

  package init(_ fields: RequestFields) {}

  package struct Reply: MessageContent {
    package static let messageType = "kernel_info_reply"
    package let json: JSONValue

    package init(_ json: JSONValue) { self.json = json }
  }
}
