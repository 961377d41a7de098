/// Runs a cell.
package struct ExecuteRequest: Request {
  package static let messageType = "execute_request"

  package var cell: CellRequest
  /// Whether the requests behind this one are aborted where it ends with an error.
  package var stopsOnError: Bool

  package init(_ fields: RequestFields) throws(RequestFailure) {
    cell = CellRequest(code: try fields.text("code"))
    cell.silent = try fields.flag("silent", default: false)
    cell.storeHistory = try fields.flag("store_history", default: true) && !cell.silent
    cell.allowInput = try fields.flag("allow_stdin", default: false)
    for (name, expression) in try fields.object("user_expressions").members {
      guard let text = expression.string else {
        throw RequestFailure("execute_request: 'user_expressions' must hold text, '\(name)' does not")
      }
      cell.userExpressions.append((name, text))
    }
    stopsOnError = try fields.flag("stop_on_error", default: true)
  }

  package struct Reply: MessageContent {
    package static let messageType = "execute_reply"
    package let json: JSONValue

    package init(_ outcome: CellOutcome) {
      var fields = JSONObject()
      if case .mistake(let name, let value, let traceback) = outcome.ending {
        fields["status"] = "error"
        fields["ename"] = .string(name)
        fields["evalue"] = .string(value)
        fields["traceback"] = .array(traceback.map { .string($0) })
      }
      fields["execution_count"] = .integer(outcome.executionCount)
      var expressions = JSONObject()
      for (name, result) in outcome.userExpressions { expressions[name] = result }
      fields["user_expressions"] = .object(expressions)
      fields["payload"] = []
      json = .object(fields)
    }

    /// The answer to a request behind one that failed or was interrupted.
    package init(abortedAfter executionCount: Int) {
      json = [
        "status": "aborted", "execution_count": .integer(executionCount), "user_expressions": [:],
        "payload": [],
      ]
    }

    /// The answer to a request that could not be read.
    package init(_ failure: RequestFailure, executionCount: Int) {
      var fields = failure.json
      fields["status"] = "error"
      fields["execution_count"] = .integer(executionCount)
      fields["user_expressions"] = [:]
      fields["payload"] = []
      json = .object(fields)
    }
  }
}
