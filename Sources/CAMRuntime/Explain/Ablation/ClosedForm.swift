extension AblationEngine {
  /// For affine tails: what each channel adds to the inputs of the first linear layer; where that is the last one,
  /// nothing else is left to compute.
  func closedForm() throws -> UnitDeltas {
    let graph = tail.graph
    if tail.local.contains(graph.logits) { return try ownLogits() }
    guard let first = tail.frontier.first, let last = tail.lastLinear, last.node == first else {
      return try linearDelta(named: .closedForm)
    }
    let changes = try localChange(at: graph[first].inputs[0])
    return UnitDeltas(
      form: .blocks(changes, width: changes.count / maps.channels, last.operation), units: units,
      classes: last.operation.weight.shape[0], strategy: .closedForm)
  }

  /// For tails that keep channels apart up to the logits: each channel is a class's own map.
  private func ownLogits() throws -> UnitDeltas {
    let logits = tail.graph.logits
    let changes = try localChange(at: logits)
    let classes = tail.graph[logits].shape.count
    if classes == units {
      return UnitDeltas(
        form: .ownLogit(changes.values), units: units, classes: classes, strategy: .closedForm)
    }
    let width = classes / units
    let spread = changes.withValues { changes in
      Tensor([units, classes]) { target in
        for index in 0..<classes { target[index / width * classes + index] = changes[index] }
      }
    }
    return UnitDeltas(form: .logits(spread), units: units, classes: classes, strategy: .closedForm)
  }

  /// What each channel adds to a local node's value; as channels stay apart, one run without any tells all.
  func localChange(at id: NodeID) throws -> Tensor {
    guard let without = try valueWithoutAll(of: [id])[id], let with = try baseValue(of: id) else {
      throw GraphError.notDownstream(node: tail.graph[id].name, of: tail.layerName)
    }
    return Self.difference(with, without)
  }

  /// The unchanged value of a node of the tail.
  func baseValue(of id: NodeID) throws -> Tensor? {
    if let kept = base[id] { return kept }
    return try network.values(of: [id], replacing: [tail.layer: maps.tensor], base: base)[id]
  }
}
