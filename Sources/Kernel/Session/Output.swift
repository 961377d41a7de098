/// Where a command shows what it has: a notebook, a terminal, a report or a test's recorder.
package protocol Output: AnyObject {
  /// Shows a value; with `id` it can be updated in place later.
  func display(_ bundle: DisplayBundle, id: String?)
  /// Replaces what was shown under `id`, in every place where it was shown.
  func update(_ bundle: DisplayBundle, id: String)
  /// The value of the cell (execute_result).
  func result(_ bundle: DisplayBundle, executionCount: Int)
  func stream(_ text: String, to stream: OutputStream)
  func clear(wait: Bool)
  /// Asks the person for a line; throws where the frontend cannot be asked or the cell is interrupted.
  func readLine(prompt: String, password: Bool) throws -> String
}

/// The two text streams.
package enum OutputStream: String, Sendable { case stdout, stderr }
