/// Collects what commands show, so that a report can be written when they are done.
///
/// A picture updated in place is kept as it stood last.
package final class ReportRecorder: Output {
  private var outputs: [(id: String?, output: ReportOutput)] = []
  private var clearsBeforeNext = false

  package init() {}

  /// What the cell showed since the last call.
  package func take() -> [ReportOutput] {
    defer {
      outputs = []
      clearsBeforeNext = false
    }
    return outputs.map(\.output)
  }

  package func display(_ bundle: DisplayBundle, id: String?) { append(.bundle(bundle), id: id) }

  package func update(_ bundle: DisplayBundle, id: String) {
    for index in outputs.indices where outputs[index].id == id { outputs[index].output = .bundle(bundle) }
  }

  package func result(_ bundle: DisplayBundle, executionCount: Int) { append(.bundle(bundle)) }

  package func stream(_ text: String, to stream: OutputStream) {
    if case .stream(let before, let isError) = outputs.last?.output, isError == (stream == .stderr),
      !clearsBeforeNext
    {
      outputs[outputs.count - 1].output = .stream(text: before + text, isError: isError)
    } else {
      append(.stream(text: text, isError: stream == .stderr))
    }
  }

  package func clear(wait: Bool) {
    if wait { clearsBeforeNext = true } else { outputs = [] }
  }

  /// Keeps the mistake that ended the cell.
  package func mistake(_ traceback: [String]) { append(.mistake(traceback: traceback)) }

  package func readLine(prompt: String, password: Bool) throws -> String { throw NobodyToAsk() }

  private func append(_ output: ReportOutput, id: String? = nil) {
    if clearsBeforeNext {
      outputs = []
      clearsBeforeNext = false
    }
    outputs.append((id, output))
  }
}

/// A report is written with nobody there to answer a question.
package struct NobodyToAsk: Error, CustomStringConvertible {
  package var description: String { "a report has nobody to ask" }
}
