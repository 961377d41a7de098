/// Finds the layer to explain in a network that says nothing about it: the last map with more than one place before
/// the head (pooling, flattening, dropout), which stands behind its rectifier where it has one.
package enum DefaultLayerRule {
  /// The layer and the reason; the last layer of all where there is no map.
  package static func layer(of graph: Graph) -> (id: NodeID, reason: String) {
    let relevant = graph.ancestors(of: graph.logits).sorted(by: >)
    let turned = channelsLast(graph)
    for id in relevant {
      let node = graph[id]
      let turnsBack = node.operation is Transpose && node.inputs.contains { turned.contains($0) }
      guard isMap(node.shape), turnsBack || !isHead(node.operation), !isSource(node.operation),
        !turned.contains(id),
        isPicture(node.shape, of: graph[graph.input].shape)
      else { continue }
      // A bare number of 1x1 gates (squeeze and excitation) can stand behind the map in order; a map cannot.
      let size = "\(node.shape[2])x\(node.shape[3])"
      return (id, "the last \(size) map before the scores, \(behind(graph, id))")
    }
    return (graph.logits, "the network has no map with more than one place")
  }

  /// Values whose channels come last, between a turn and the turn back: no maps as methods take them.
  private static func channelsLast(_ graph: Graph) -> Set<NodeID> {
    var turned: Set<NodeID> = []
    for node in graph.nodes where node.shape.rank == 4 {
      if let turn = node.operation as? Transpose {
        if turn.permutation == [0, 2, 3, 1], !node.inputs.contains(where: { turned.contains($0) }) {
          turned.insert(node.id)
        }
      } else if node.inputs.contains(where: { turned.contains($0) && graph[$0].shape.rank == 4 }) {
        turned.insert(node.id)
      }
    }
    return turned
  }

  private static func isMap(_ shape: Shape) -> Bool { shape.rank == 4 && shape[2] * shape[3] > 1 }

  /// Whether a map's proportions could be the picture's: a detector's boxes in a row, [4, 8400], are no map of it.
  private static func isPicture(_ map: Shape, of input: Shape) -> Bool {
    guard input.rank == 4 else { return true }
    let most = 32
    return map[2] * input[3] <= most * map[3] * input[2] && map[3] * input[2] <= most * map[2] * input[3]
  }

  private static func isSource(_ operation: any Operation) -> Bool {
    operation is Input || operation is Constant
  }

  /// Pools that shrink to a fixed size, and what only passes values on.
  private static func isHead(_ operation: any Operation) -> Bool {
    switch operation {
    case is AdaptiveAveragePool, is AdaptiveMaxPool, is Dropout, is Identity, is Transpose: true
    default: operation.traits.isIdentity
    }
  }

  private static func behind(_ graph: Graph, _ id: NodeID) -> String {
    switch graph[id].operation {
    case let operation where operation.traits.isRectifier: "after its rectifier"
    case is MaxPool, is AveragePool: "after pooling"
    case is Concat: "where the branches join"
    case is Add: "where the branches add up"
    default: "as the network has it"
    }
  }
}
