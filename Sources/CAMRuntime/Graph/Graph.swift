/// A network as a value: operations in topological order, one value each.
///
/// A graph never changes; rewrites make another graph.
package struct Graph: Sendable {
  /// A name that a user can say and the node that it stands for.
  package typealias Layer = (name: String, id: NodeID)

  /// The nodes, each behind its inputs.
  package let nodes: [Node]
  /// The node that stands for the network's input.
  package let input: NodeID
  /// The value that the origin of the network returns, perhaps behind a softmax.
  package let output: NodeID
  /// The scores before a closing softmax or sigmoid; the output itself where there is none.
  package let logits: NodeID
  /// Every name a user can say, in the order of the network; module names are aliases.
  package let layers: [Layer]
  /// The input and the nodes whose values depend on it; all others are the same for every picture.
  package let varying: Set<NodeID>

  private let names: [String: NodeID]
  private let consumerLists: [[NodeID]]

  init(nodes: [Node], input: NodeID, output: NodeID, logits: NodeID, aliases: [Layer]) {
    self.nodes = nodes
    self.input = input
    self.output = output
    self.logits = logits
    var aliasesByNode: [NodeID: [Layer]] = [:]
    for alias in aliases { aliasesByNode[alias.id, default: []].append(alias) }
    var layers: [Layer] = []
    var names: [String: NodeID] = [:]
    var consumers = [[NodeID]](repeating: [], count: nodes.count)
    for node in nodes {
      layers.append((node.name, node.id))
      layers += aliasesByNode[node.id] ?? []
      for input in Set(node.inputs).sorted() { consumers[input.index].append(node.id) }
    }
    for layer in layers { names[layer.name] = layer.id }
    self.layers = layers
    self.names = names
    consumerLists = consumers
    varying = nodes[input.index...].reduce(into: [input]) { found, node in
      if node.inputs.contains(where: found.contains) { found.insert(node.id) }
    }
  }

  /// The node with an id.
  package subscript(id: NodeID) -> Node { nodes[id.index] }

  /// The node that a name stands for, if any.
  package func node(named name: String) -> NodeID? { names[name] }

  /// The nodes that read the value of a node.
  package func consumers(of id: NodeID) -> [NodeID] { consumerLists[id.index] }

  /// Everything that the value of a node can change, without the node itself.
  package func dependents(of id: NodeID) -> Set<NodeID> {
    var found: Set<NodeID> = [id]
    for node in nodes[id.index...] where node.inputs.contains(where: found.contains) {
      found.insert(node.id)
    }
    found.remove(id)
    return found
  }

  /// Everything that a node reads, directly or not, without the node itself.
  package func ancestors(of id: NodeID) -> Set<NodeID> {
    var found: Set<NodeID> = [id]
    for node in nodes[...id.index].reversed() where found.contains(node.id) {
      found.formUnion(node.inputs)
    }
    found.remove(id)
    return found
  }

  /// The number of trainable parameters, as papers count them: without running means and variances.
  package var parameterCount: Int {
    nodes.reduce(0) { sum, node in
      sum + node.operation.parameters.reduce(0) { $1.isTrainable ? $0 + $1.tensor.count : $0 }
    }
  }

  /// The same graph with the operations of some nodes replaced by others of the same output shape.
  package func replacing(_ operations: [NodeID: any Operation]) throws(GraphError) -> Graph {
    var nodes = nodes
    for (id, operation) in operations {
      let old = nodes[id.index]
      let inputs = old.inputs.map { nodes[$0.index].shape }
      let shape = try operation.outputShape(of: inputs)
      guard shape == old.shape else {
        throw .valueShape(node: old.name, expected: old.shape, found: shape)
      }
      nodes[id.index] = Node(
        id: id, name: old.name, operation: operation, inputs: old.inputs, shape: shape)
    }
    let nodeNames = Set(nodes.map(\.name))
    return Graph(
      nodes: nodes, input: input, output: output, logits: logits,
      aliases: layers.filter { !nodeNames.contains($0.name) })
  }
}
