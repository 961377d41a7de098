package import CAMRuntime

/// Finds layers by name, by pattern, or the default one.
package struct LayerReference {
  private let model: LoadedModel

  package init(_ model: LoadedModel) { self.model = model }

  /// The layers that words name, in the order of the network where a pattern names several.
  package func layers(of words: [Word]) throws(Diagnostic) -> [NodeID] {
    guard !words.isEmpty else { return [model.model.defaultLayer] }
    var found: [NodeID] = []
    for word in words {
      for id in try layers(of: word) where !found.contains(id) { found.append(id) }
    }
    return found
  }

  private func layers(of word: Word) throws(Diagnostic) -> [NodeID] {
    let graph = model.model.graph
    if let id = graph.node(named: word.text) { return [id] }
    if word.text.lowercased() == "default" { return [model.model.defaultLayer] }
    if word.text.contains("*") || word.text.contains("?") {
      let pattern = GlobPattern(word.text, ignoresCase: true)
      let matching = Self.candidates(of: model.model).filter { pattern.matches($0.name) }.map(\.id)
      guard matching.isEmpty else { return matching }
      throw Diagnostic(
        "unknown-layer", "no layer of \(model.model.name) matches '\(word.text)'", at: word.span,
        hints: ["`layers` lists all \(Self.candidates(of: model.model).count) candidates"])
    }
    let wanted = word.text.lowercased()
    if let id = graph.layers.first(where: { $0.name.lowercased() == wanted })?.id { return [id] }
    let names = Self.candidates(of: model.model).map(\.name)
    let all = names.count > 12 ? names + graph.layers.map(\.name) : graph.layers.map(\.name)
    throw .unknown(
      "layer", word, known: all, place: "in \(model.model.name)",
      more: "`layers` lists all \(names.count) candidates")
  }

  /// The layers whose value is a map of the picture in front of the scores, each by its best name.
  package static func candidates(of model: Model) -> [(name: String, id: NodeID)] {
    let graph = model.graph
    let before = graph.ancestors(of: graph.logits)
    return graph.nodes.filter { node in
      node.id != graph.input && before.contains(node.id) && graph.varying.contains(node.id)
        && node.shape.rank == 4 && node.shape[0] == 1
        && node.shape[2] * node.shape[3] > 1
    }.map { (graph.bestName(of: $0.id), $0.id) }
  }
}
