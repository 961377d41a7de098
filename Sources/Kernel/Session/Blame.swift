internal import CAMRuntime

/// An error of another room that can say itself as a mistake in a cell.
///
/// Each room's error enumeration conforms in `Commands/Support/`; its text is made there and nowhere else.
package protocol CellError: Error {
  /// The mistake, at the place of the argument that is to blame.
  func diagnostic(at span: SourceSpan) -> Diagnostic
}

/// Gives an error of another room the place in the cell that caused it.
package enum Blame {
  /// Runs work on behalf of an argument; what it throws is reported at that argument.
  package static func on<Result>(_ span: SourceSpan, _ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as Interrupted {
      throw error
    } catch {
      throw diagnostic(of: error, at: span)
    }
  }

  /// Any error as a diagnostic.
  package static func diagnostic(of error: any Error, at span: SourceSpan) -> Diagnostic {
    switch error {
    case let diagnostic as Diagnostic: diagnostic.at(span)
    case let error as any CellError: error.diagnostic(at: span)
    default: Diagnostic("failed", String(describing: error), at: span)
    }
  }
}
