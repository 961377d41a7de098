internal import CAMRuntime
internal import Display
internal import ModelIO

// Errors of the rooms below, as mistakes in a cell: each gets its stable code here, and its words from its own room.

extension ModelError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    switch self {
    case .unknown(let name, let near):
      let hints = [near.map { "did you mean '\($0)'?" }, "`models` lists what is built in"].compactMap { $0 }
      return Diagnostic(
        "unknown-model", "there is no built-in network and no file '\(name)'", at: span, hints: hints)
    case .noWeights(let name, let reason):
      return Diagnostic(
        "missing-weights", "no weights for \(name): \(reason)", at: span,
        hints: ["`model \(name) random=1` builds it without"])
    case .fetch(let error):
      let mistake = error.diagnostic(at: span)
      return Diagnostic(
        mistake.code, mistake.message, at: span,
        hints: mistake.hints + ["`random=SEED` builds the network without its weights"])
    case .option: return Diagnostic("bad-option", description, at: span)
    case .interrupted: return Interrupted().diagnostic(at: span)
    case .graph(let error) where error.isForMemory: return error.diagnostic(at: span)
    case .keras(_, let error):
      if case .graph(let inner) = error.cause, inner.isForMemory { return inner.diagnostic(at: span) }
      if error.cause == .interrupted { return Interrupted().diagnostic(at: span) }
      return many("bad-model-file", at: span)
    case .format(let error) where error.isForMemory: return error.diagnostic(at: span)
    case .noArchitecture(let file, let nearest):
      return Diagnostic(
        "wrong-weights", "\(Self.absence(of: file))", at: span,
        hints: ["\(Self.waysToDescribe): `model net.json weights=\(file)`"],
        notes: nearest.map { "nearest: \($0)".split(separator: "\n").map(String.init) } ?? [])
    case .mismatch: return many("wrong-weights", at: span)
    case .format, .onnx, .graph, .manifest: return many("bad-model-file", at: span)
    }
  }

  /// The first line is the message, further ones (a list of mismatches) are notes.
  private func many(_ code: String, at span: SourceSpan) -> Diagnostic {
    let lines = description.split(separator: "\n").map(String.init)
    return Diagnostic(code, lines.first ?? code, at: span, notes: Array(lines.dropFirst()))
  }
}

extension FormatError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    Diagnostic(isForMemory ? "no-memory" : "bad-file", "\(self)", at: span)
  }
}

extension DNNLError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    isForMemory ? Interrupted(.memory).diagnostic(at: span) : Diagnostic("failed", "\(self)", at: span)
  }
}

extension ImageError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    if case .noRoom = self { return Diagnostic("no-memory", description, at: span) }
    if case .stopped = self { return Interrupted().diagnostic(at: span) }
    return Diagnostic("bad-image", description, at: span)
  }
}

extension Interrupted: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    switch reason {
    case .asked: Diagnostic("interrupted", "the command was interrupted", at: span)
    case .memory:
      Diagnostic(
        "no-memory", "the command needs more memory than there is, and was ended", at: span,
        hints: [
          "smaller pictures (`model size=`), batches (`set memory=`) and layers nearer to the end need less; nothing that was kept is lost"
        ],
        notes: MemoryRoom.limit.map { ["the process may have \($0 >> 20) MB of addresses (`ulimit -v`)"] }
          ?? [])
    }
  }
}

extension GraphError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    guard isForMemory else { return Diagnostic("bad-network", description, at: span) }
    return Diagnostic(
      "no-memory", description, at: span,
      hints: [
        "smaller pictures (`model size=`), batches or heads need less; nothing that was kept is lost"
      ])
  }

  /// Whether memory is what is missing, at whatever node.
  fileprivate var isForMemory: Bool {
    switch self {
    case .noRoom: true
    case .node(_, let inner): inner.isForMemory
    default: false
    }
  }
}

extension CAMMethod {
  /// The works whose quirks the method knows, in words.
  fileprivate static var works: String {
    (compatibilities + [.pytorchGradCAM]).map { $0.rawValue }.joined(separator: " or ")
  }
}

extension ExplainError: CellError {
  package func diagnostic(at span: SourceSpan) -> Diagnostic {
    switch self {
    case .notMaps, .notBeforeScores, .isConstant, .needsGlobalPooling:
      Diagnostic("wrong-layer", description, at: span, hints: ["`layers` lists the candidates"])
    case .tooFewLayers:
      Diagnostic(
        "cannot-explain", description, at: span, hints: ["layer=A,B names several; left out, they are found"])
    case .noQuirk(let method, _):
      Diagnostic(
        "cannot-explain", description, at: span,
        hints: CAMCatalog.method(named: method).map { ["compat= can be \($0.works) there"] } ?? [])
    case .classOutOfRange: Diagnostic("unknown-class", description, at: span)
    case .notFinite: Diagnostic("not-finite", description, at: span)
    default: Diagnostic("cannot-explain", description, at: span)
    }
  }
}
