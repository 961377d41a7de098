/// Asks for documentation of what stands at the cursor.
package struct InspectRequest: Request {
  package static let messageType = "inspect_request"

  package let code: String
  /// In Unicode code points, within the code.
  package let cursor: Int
  package let detail: Int

  package init(_ fields: RequestFields) throws(RequestFailure) {
    code = try fields.text("code")
    cursor = try fields.cursor(in: code)
    detail = try fields.integer("detail_level", default: 0)
  }

  package struct Reply: MessageContent {
    package static let messageType = "inspect_reply"
    package let json: JSONValue

    package init(_ bundle: DisplayBundle?) {
      json = [
        "found": .bool(bundle != nil), "data": bundle?.dataJSON ?? [:], "metadata": bundle?.metadata ?? [:],
      ]
    }
  }
}
