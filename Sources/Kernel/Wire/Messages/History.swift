/// Asks for earlier cells.
package struct HistoryRequest: Request {
  package static let messageType = "history_request"

  package let query: HistoryQuery
  /// Whether each entry is `(session, line, (input, output))` instead of `(session, line, input)`.
  package let wantsOutput: Bool

  package init(_ fields: RequestFields) throws(RequestFailure) {
    wantsOutput = try fields.flag("output", default: false)
    switch try fields.text("hist_access_type", default: "tail") {
    case "tail": query = .tail(count: max(0, try fields.integer("n", default: 10)))
    case "range":
      query = .range(
        session: try fields.integer("session", default: 0), start: try fields.integer("start", default: 0),
        stop: try fields.optionalInteger("stop"))
    case "search":
      query = .search(
        pattern: try fields.text("pattern", default: "*"),
        count: try fields.optionalInteger("n").map { max(0, $0) },
        unique: try fields.flag("unique", default: false))
    case let other:
      throw RequestFailure(
        "history_request: 'hist_access_type' must be 'tail', 'range' or 'search', found '\(other.prefix(40))'"
      )
    }
  }

  package struct Reply: MessageContent {
    package static let messageType = "history_reply"
    package let json: JSONValue

    package init(_ entries: [HistoryEntry], withOutput: Bool) {
      let rows = entries.map { entry -> JSONValue in
        let input = JSONValue.string(entry.input)
        let text: JSONValue = withOutput ? [input, entry.output.map { .string($0) } ?? nil] : input
        return [.integer(entry.session), .integer(entry.line), text]
      }
      json = ["history": .array(rows)]
    }
  }
}
