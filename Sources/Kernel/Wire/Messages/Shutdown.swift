/// Asks the kernel to leave; the frontend starts another one where it says `restart`.
package struct ShutdownRequest: Request {
  package static let messageType = "shutdown_request"

  package let restart: Bool

  package init(_ fields: RequestFields) throws(RequestFailure) {
    restart = try fields.flag("restart", default: false)
  }

  package struct Reply: MessageContent {
    package static let messageType = "shutdown_reply"
    package let json: JSONValue

    package init(restart: Bool) { json = ["restart": .bool(restart)] }
  }
}
