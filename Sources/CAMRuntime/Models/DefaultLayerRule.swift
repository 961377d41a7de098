/// Finds the layer to explain in a network that says nothing about it: the last map with more than one place before
/// the head (pooling, flattening, dropout), which stands behind its rectifier where it has one.
package enum DefaultLayerRule {
  /// The layer and the reason; the last layer of all where there is no map.
  package static func layer(of graph: Graph) -> (id: NodeID, reason: String) {
    let relevant = graph.ancestors(of: graph.logits).sorted(by: >)
    for id in relevant {
      let node = graph[id]
      guard isMap(node.shape), !isHead(node.operation), !isSource(node.operation) else { continue }
      // A bare number of 1x1 gates (squeeze and excitation) can stand behind the map in order; a map cannot.
      let size = "\(node.shape[2])x\(node.shape[3])"
      return (id, "the last \(size) map before the scores, \(behind(graph, id))")
    }
    return (graph.logits, "the network has no map with more than one place")
  }

  private static func isMap(_ shape: Shape) -> Bool { shape.rank == 4 && shape[2] * shape[3] > 1 }

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
