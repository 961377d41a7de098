/// What could stand at the cursor, and what it replaces.
package struct Completion: Sendable {
  package let candidates: [Candidate]
  package let replaced: SourceSpan
}

/// Answers a complete_request from the signatures.
package struct Completer {
  private let vocabulary: Vocabulary
  private let state: any CompletionState

  package init(_ vocabulary: Vocabulary, state: any CompletionState) {
    self.vocabulary = vocabulary
    self.state = state
  }

  /// What could stand at a cursor of a cell; a cursor outside the text is cut.
  package func complete(_ text: String, cursor: Int) -> Completion {
    let source = SourceText(text)
    guard source.excessiveBytes == nil else {
      return Completion(candidates: [], replaced: SourceSpan(cursor, cursor))
    }
    let place = CursorPlace(in: source, cursor: cursor)
    let scope = CompletionScope(statement: place.statement, prefix: place.prefix, state: state)
    let offered = offers(at: place, in: scope)
    let matching = Self.matching(offered, place.prefix)
    return Completion(candidates: matching, replaced: place.replaced)
  }

  private func offers(at place: CursorPlace, in scope: CompletionScope) -> [Candidate] {
    switch place.part {
    case .nothing: return []
    case .verb: return vocabulary.signatures.map { Candidate($0.verb, kind: .verb) }
    case .name: return state.names(.value, in: place.statement)
    case .value(let key):
      let parameter = signature(of: place)?.parameter(named: key)
      return parameter?.candidates(scope).map(Self.written) ?? []
    case .argument(let index):
      guard let signature = signature(of: place) else { return [] }
      return arguments(of: signature, index: index, in: scope)
    }
  }

  private func arguments(
    of signature: CommandSignature, index: Int, in scope: CompletionScope
  ) -> [Candidate] {
    let given = Set(scope.statement?.arguments.compactMap { $0.key?.text.lowercased() } ?? [])
    let options = signature.options.filter { !given.contains($0.name) }.map {
      Candidate($0.name + "=", kind: .option)
    }
    let keyword = signature.givesValue ? [Candidate("as", kind: .keyword)] : []
    guard given.isEmpty else { return options + keyword }
    let positionals = signature.positionals
    let parameter = index < positionals.count ? positionals[index] : positionals.last { $0.arity != .one }
    let values = parameter?.candidates(scope).map(Self.written) ?? []
    return values + options + keyword
  }

  private func signature(of place: CursorPlace) -> CommandSignature? {
    place.statement.flatMap { vocabulary[$0.verb.text] }
  }

  private static func written(_ candidate: Candidate) -> Candidate {
    Candidate(StringLiteral.written(candidate.text), kind: candidate.kind)
  }

  /// Candidates that begin with the prefix; where none does, those that hold it.
  private static func matching(_ candidates: [Candidate], _ prefix: String) -> [Candidate] {
    let wanted = prefix.lowercased()
    var seen: Set<String> = []
    let unique = candidates.filter { seen.insert($0.text).inserted }
    guard !wanted.isEmpty else { return unique }
    let starting = unique.filter { bare($0.text).hasPrefix(wanted) }
    return starting.isEmpty && wanted.count > 1 ? unique.filter { bare($0.text).contains(wanted) } : starting
  }

  private static func bare(_ text: String) -> String {
    text.hasPrefix("\"") ? StringLiteral.text(of: text, isClosed: true).lowercased() : text.lowercased()
  }
}
