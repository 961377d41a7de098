extension Graph {
  /// The same network with the learned order of some weights destroyed.
  ///
  /// Each kernel and matrix of the chosen nodes is shuffled in itself, so that the scale of what flows through
  /// the network hardly changes; vectors (biases, statistics) stay.
  ///
  /// - Parameters:
  ///   - nodes: whose weights are shuffled.
  ///   - seed: where chance starts; the result depends on nothing else.
  /// - Returns: the graph and how many nodes had weights to shuffle.
  /// - Throws: nothing that the same shapes could cause.
  package func shufflingWeights(
    of nodes: Set<NodeID>, seed: UInt64
  ) throws(GraphError) -> (graph: Graph, count: Int) {
    var replaced: [NodeID: any Operation] = [:]
    for id in nodes.sorted() {
      let operation = self[id].operation
      guard operation.parameters.contains(where: { $0.tensor.shape.rank >= 2 }) else { continue }
      var generator = SeededGenerator(seed: seed &+ UInt64(id.index) &* 0x9E37_79B9_7F4A_7C15)
      replaced[id] = operation.replacing(
        parameters: operation.parameters.map { parameter in
          guard parameter.tensor.shape.rank >= 2 else { return parameter.tensor }
          return Tensor(parameter.tensor.shape, values: parameter.tensor.values.shuffled(using: &generator))
        })
    }
    return (try replacing(replaced), replaced.count)
  }
}
