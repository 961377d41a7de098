/// What the wire side asks of the language side; the channels know nothing else of commands.
///
/// All calls come from the shell thread, one at a time. `interrupt()` may come from any thread.
package protocol Interpreter: AnyObject {
  /// The count of stored executions so far; the next stored cell gets this plus one.
  var executionCount: Int { get }

  /// Runs a cell; everything it shows goes through `output`.
  func execute(_ cell: CellRequest, output: any Output) -> CellOutcome
  func complete(_ code: String, cursor: Int) -> CompletionAnswer
  func inspect(_ code: String, cursor: Int, detail: Int) -> DisplayBundle?
  func completeness(of code: String) -> CellCompleteness
  func history(_ query: HistoryQuery) -> [HistoryEntry]
  /// Forgets an earlier `interrupt()`; the wire calls it before a cell is announced to the frontend, so that an
  /// interrupt sent on seeing `busy` is never lost. `execute` itself must not clear it.
  func clearInterrupt()
  /// Asks the running cell to stop; harmless when nothing runs. Safe from any thread.
  func interrupt()
  /// What a frontend can open a comm to (widgets); asked for once, before the first cell.
  var commTargets: [any CommTarget] { get }
}

extension Interpreter {
  /// For interpreters whose cells cannot be interrupted.
  package func clearInterrupt() {}
  /// For interpreters without comms.
  package var commTargets: [any CommTarget] { [] }
}

/// A cell as an execute_request brings it.
package struct CellRequest: Sendable {
  package var code: String
  package var silent = false
  package var storeHistory = true
  package var userExpressions: [(name: String, expression: String)] = []
  package var allowInput = false

  package init(code: String) { self.code = code }
}

/// How a cell ended.
package struct CellOutcome: Sendable {
  package enum Ending: Sendable {
    case ok
    /// `name` is the diagnostic's code, `value` its message, `traceback` the rendered block by lines.
    case mistake(name: String, value: String, traceback: [String])
  }
  package var ending: Ending
  package var executionCount: Int
  /// Values of the request's user expressions, each an ok bundle or an error, as the protocol words them.
  package var userExpressions: [(name: String, result: JSONValue)] = []

  package init(ending: Ending, executionCount: Int) {
    self.ending = ending
    self.executionCount = executionCount
  }
}

/// What a frontend can show: one value in several MIME types.
package struct DisplayBundle: Sendable {
  /// MIME type to content; binary content (PNG) is given to the wire as base64 text.
  package var data: [(type: String, content: JSONValue)]
  package var metadata: JSONValue
  /// What a person should read who is shown the picture and not the text: JupyterLab shows only one of them.
  package var beside = PictureWords()

  package init(_ data: [(type: String, content: JSONValue)], metadata: JSONValue = [:]) {
    self.data = data
    self.metadata = metadata
  }

  /// The bundle with words that its picture does not say.
  package func saying(_ caption: String = "", warnings: [String] = []) -> DisplayBundle {
    var copy = self
    copy.beside = PictureWords(caption: caption, warnings: warnings)
    return copy
  }
}

/// Words that stand over a picture in a notebook.
package struct PictureWords: Sendable {
  package var caption = ""
  /// What is wrong or odd with the result, one line each.
  package var warnings: [String] = []
}

/// An answer to complete_request; positions count Unicode code points.
package struct CompletionAnswer: Sendable {
  package struct Match: Sendable {
    package var text: String
    /// A JupyterLab completion kind: function, keyword, instance, path, property, class ...
    package var type: String

    package init(text: String, type: String) {
      self.text = text
      self.type = type
    }
  }
  package var matches: [Match]
  package var start: Int
  package var end: Int

  package init(matches: [Match], start: Int, end: Int) {
    self.matches = matches
    self.start = start
    self.end = end
  }
}

/// An answer to is_complete_request.
package enum CellCompleteness: Sendable, Equatable {
  case complete, invalid
  case incomplete(indent: String)
}

/// A question to the history.
package enum HistoryQuery: Sendable {
  case tail(count: Int)
  case range(session: Int, start: Int, stop: Int?)
  case search(pattern: String, count: Int?, unique: Bool)
}

/// One stored cell; `output` is its text/plain where the query asked for outputs.
package struct HistoryEntry: Sendable {
  package var session: Int
  package var line: Int
  package var input: String
  package var output: String?

  package init(session: Int, line: Int, input: String, output: String? = nil) {
    self.session = session
    self.line = line
    self.input = input
    self.output = output
  }
}
