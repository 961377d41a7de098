/// Where values that are no numbers come from.
extension Network {
  /// The logits of a picture; refuses those that are no numbers, with the parameter or layer that makes them so.
  package func finiteLogits(of input: Tensor) throws -> [Double] {
    let outside = input.nonFiniteCount
    guard outside == 0 else { throw ExplainError.notFinite(what: "the network's input", count: outside) }
    guard let logits = try forward(input)[graph.logits] else { return [] }
    let broken = logits.nonFiniteCount
    guard broken == 0 else {
      throw causeOfBroken(graph.logits, for: input)
        ?? ExplainError.notFinite(what: "the logits", count: broken)
    }
    return logits.values.map(Double.init)
  }

  /// What makes the value of a node NaN or infinite: a parameter that is so itself, else the first layer on the way
  /// to it whose value is.
  ///
  /// Nil where that cannot be told, as where there is no room to keep every value.
  func causeOfBroken(_ id: NodeID, for input: Tensor) -> ExplainError? {
    if let parameter = brokenParameter { return parameter }
    guard let kept = try? forward(input, keeping: graph.nodes.map(\.id)) else { return nil }
    func count(_ id: NodeID) -> Int { kept[id]?.nonFiniteCount ?? 0 }
    var place = id
    // Infinities of constants (what a mask leaves out) are meant.
    while let before = graph[place].inputs.first(where: { !graph[$0].inputs.isEmpty && count($0) > 0 }) {
      place = before
    }
    let broken = count(place)
    return broken > 0
      ? .notFinite(what: "the value of layer '\(graph[place].name)'", count: broken) : nil
  }

  /// The first parameter that holds NaN or an infinity, as the error that names it.
  private var brokenParameter: ExplainError? {
    for node in graph.nodes {
      for parameter in node.operation.parameters {
        let count = parameter.tensor.nonFiniteCount
        if count > 0 { return .notFinite(what: "\(parameter.name) of '\(node.name)'", count: count) }
      }
    }
    return nil
  }
}
