import Kernel

/// A session that tests talk to, cell by cell.
final class Transcript {
  let session: Session
  let output = RecordingOutput()

  init(_ session: Session = Session()) { self.session = session }

  /// Runs a cell; its texts are in `output`.
  @discardableResult
  func run(_ code: String, configure: (inout CellRequest) -> Void = { _ in }) -> CellOutcome {
    var request = CellRequest(code: code)
    configure(&request)
    session.clearInterrupt()
    return session.execute(request, output: output)
  }

  /// The last result's text.
  var lastResult: String? {
    for event in output.events.reversed() {
      if case .result(let text, _) = event { return text }
    }
    return nil
  }
}

extension CellOutcome {
  /// The code of the mistake; nil where the cell went well.
  var mistakeCode: String? { if case .mistake(let name, _, _) = ending { name } else { nil } }
  var mistakeMessage: String? { if case .mistake(_, let value, _) = ending { value } else { nil } }
}
