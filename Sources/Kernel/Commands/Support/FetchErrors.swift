internal import ModelIO

extension DownloadError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    if case .interrupted = self { return Diagnostic("interrupted", description, at: span) }
    return Diagnostic("cannot-fetch", description, at: span)
  }
}

extension FetchError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    switch self {
    case .interrupted: Diagnostic("interrupted", description, at: span)
    case .file(let error):
      Diagnostic(
        "bad-file", error.description, at: span,
        hints: ["the variable `CAMKERNEL_CACHE` names another folder"])
    case .wrongContent: Diagnostic("wrong-checksum", description, at: span)
    default: Diagnostic("cannot-fetch", description, at: span)
    }
  }
}
