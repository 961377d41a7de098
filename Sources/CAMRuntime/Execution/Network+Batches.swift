extension Graph {
  /// The nodes that depend on the input and whose leading axis is not the batch.
  package var foldedNodes: Set<NodeID> {
    Network.folding(self)
  }
}

extension Network {
  /// The shape of a node's value for a batch.
  func shape(of id: NodeID, batch: Int) -> Shape {
    let own = graph[id].shape
    guard varies(id) else { return own }
    return folding.contains(id) ? shapes(batch: batch)[id.index] ?? own : own.withBatch(batch)
  }

  /// A value that was computed for one entry, for each entry of a batch; any other as it is.
  func repeated(_ value: Value, of id: NodeID, batch: Int) throws -> Value {
    guard varies(id), value.shape.rank > 0 else { return value }
    guard folding.contains(id) else { return device.expand(value, to: value.shape.withBatch(batch)) }
    let wanted = shape(of: id, batch: batch), own = graph[id].shape
    if value.shape == wanted { return value }
    guard value.shape == own, wanted == own.withBatch(own[0] * batch) else {
      throw GraphError.valueShape(node: graph[id].name, expected: wanted, found: value.shape)
    }
    let entry = device.value(value, as: .rowMajor).viewed(as: Shape([1] + own.dimensions))
    return device.expand(entry, to: Shape([batch] + own.dimensions)).viewed(as: wanted)
  }

  /// The nodes whose leading axis is not the batch: parts of entries beside the entries (windows, patches, the parts that
  /// a split makes), another axis in front of them, or one number of all entries; and those in which entries meet.
  static func folding(_ graph: Graph) -> Set<NodeID> {
    let two = shapes(of: graph, batch: 2)
    return graph.varying.filter { id in
      let own = graph[id].shape
      // Where a second entry is impossible, a leading extent of one is the batch.
      guard let shape = two[id.index] else { return own.rank > 0 && own[0] != 1 }
      return own.rank == 0 || shape != own.withBatch(2) || graph[id].operation.joinsLeadingAxis(of: own)
    }
  }

  /// Whether each entry of a batch gets the scores that it gets alone.
  ///
  /// A shape that is written for one picture, or a mean over the leading axis, does not: then entries run one by one. Where
  /// the leading axis is the batch everywhere they do; elsewhere a batch of the picture and another one is tried once.
  func keepsEntriesApart(_ input: Tensor) throws -> Bool {
    if folding.isEmpty { return takesBatches([graph.logits]) }
    if let known = entriesStayApart { return known }
    let answer = try entriesStayApart(input)
    entriesStayApart = answer
    return answer
  }

  private func entriesStayApart(_ input: Tensor) throws -> Bool {
    guard shapes(batch: 2)[graph.logits.index] == graph[graph.logits].shape.withBatch(2) else { return false }
    return try agrees(input) { try forward($0)[graph.logits] }
  }

  /// Whether a value and one of other sums and another order have the same `scores` together as each alone.
  func agrees(_ value: Tensor, scores: (Tensor) throws -> Tensor?) throws -> Bool {
    let values = value.values
    let scale = values.reduce(Float(0)) { max($0, abs($1)) }
    let other = values.indices.map { index in
      let share = Float(index) / Float(values.count)
      return values[values.count - 1 - index] * (0.25 + share) + (scale > 0 ? scale : 1) * Float(index % 7)
        / 7
    }
    let entries = [value, Tensor(value.shape, values: other)]
    do {
      let both = Tensor(value.shape.withBatch(2), values: values + other)
      guard let together = try scores(both), together.shape[0] == 2 else { return false }
      for (entry, alone) in entries.enumerated() {
        guard let alone = try scores(alone)?.values else { return false }
        let found = together.entries(entry..<entry + 1).values
        let scale = alone.reduce(Float(1e-6)) { max($0, abs($1)) }
        // Not close for what is no number.
        guard zip(found, alone).allSatisfy({ abs($0 - $1) <= 1e-3 * scale }) else { return false }
      }
      return true
    } catch is GraphError {
      return false
    }
  }

  /// Whether all of some nodes can have a value for a batch.
  func takesBatches(_ nodes: [NodeID]) -> Bool {
    let two = shapes(batch: 2)
    return nodes.allSatisfy { two[$0.index] != nil }
  }

  private func shapes(batch: Int) -> [Shape?] {
    if let known = shapesByBatch[batch] { return known }
    let found = Self.shapes(of: graph, batch: batch)
    shapesByBatch[batch] = found
    return found
  }

  /// The shape of each node's value; nil behind an operation that cannot take the batch.
  private static func shapes(of graph: Graph, batch: Int) -> [Shape?] {
    var shapes: [Shape?] = []
    for node in graph.nodes {
      if !graph.varying.contains(node.id) {
        shapes.append(node.shape)
      } else if node.id == graph.input {
        shapes.append(node.shape.withBatch(batch))
      } else {
        let inputs = node.inputs.compactMap { id in
          graph.repeatsConstant(id, for: node.operation)
            ? graph[id].shape.withBatch(batch) : shapes[id.index]
        }
        // Where it is refused here, the pass itself names the reason.
        shapes.append(inputs.count == node.inputs.count ? try? node.operation.outputShape(of: inputs) : nil)
      }
    }
    return shapes
  }
}

extension Graph {
  /// Whether an operation wants a value of one entry that is the same for all pictures once for each entry of a batch: what
  /// lies behind pictures along another axis, as coordinates and class tokens do.
  func repeatsConstant(_ id: NodeID, for operation: any Operation) -> Bool {
    let shape = self[id].shape
    guard !varying.contains(id), shape.rank > 0, shape[0] == 1, let concat = operation as? Concat else {
      return false
    }
    return concat.axis != 0 && concat.axis != -shape.rank
  }
}

extension Operation {
  /// Whether entries of the leading axis meet in a value that has that axis, too.
  fileprivate func joinsLeadingAxis(of shape: Shape) -> Bool {
    let axis: Int
    switch self {
    case let softmax as Softmax: axis = softmax.axis
    case let softmax as LogSoftmax: axis = softmax.axis
    case let norm as LayerNorm: axis = norm.axis
    default: return false
    }
    return axis == 0 || axis == -shape.rank
  }
}
