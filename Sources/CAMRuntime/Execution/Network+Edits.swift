extension Network {
  /// The values of wanted nodes where those of other nodes are replaced, each by a batch `[B, ...]`.
  ///
  /// Nothing behind the wanted nodes is computed; what the replaced nodes do not change comes from `base`. An entry
  /// `amongMany` is computed as some in larger batches are.
  package func values(
    of wanted: [NodeID], replacing edits: [NodeID: Tensor], base: Activations, amongMany: Bool = false
  ) throws -> [NodeID: Tensor] {
    let batch = edits.values.first.map { $0.shape.rank > 0 ? $0.shape[0] : 0 } ?? base.batch
    for (id, tensor) in edits where tensor.shape != shape(of: id, batch: batch) || batch < 1 {
      throw GraphError.valueShape(node: graph[id].name, expected: graph[id].shape, found: tensor.shape)
    }
    guard base.batch == 1 || base.batch == batch else {
      throw GraphError.valueShape(
        node: graph[graph.input].name, expected: graph[graph.input].shape.withBatch(batch),
        found: base.input.shape)
    }
    let activations = Activations(
      batch: batch, amongMany: amongMany, input: base.input, device: device,
      origin: .edit(Set(edits.keys), base: base),
      values: edits.mapValues { Value($0) })
    try evaluate(Set(wanted), in: activations)
    var result: [NodeID: Tensor] = [:]
    for id in wanted { result[id] = activations[id] }
    return result
  }
}
