/// Builds a graph node by node, checking shapes as it goes.
package struct GraphBuilder {
  private var nodes: [Node] = []
  private var names: Set<String> = []
  private var aliases: [Graph.Layer] = []
  private var inputs: [NodeID] = []

  /// An empty builder.
  package init() {}

  /// The nodes added so far.
  package var count: Int { nodes.count }

  /// Adds the network's input of the given shape, the batch (one) included.
  package mutating func input(shape: Shape, name: String = "input") throws(GraphError) -> NodeID {
    let id = try add(Input(shape: shape), [], name: name)
    inputs.append(id)
    return id
  }

  /// Adds an operation on earlier nodes; without a name it is called after its kind and place.
  @discardableResult
  package mutating func add(
    _ operation: any Operation, _ sources: [NodeID], name: String? = nil
  ) throws(GraphError) -> NodeID {
    let id = NodeID(index: nodes.count)
    let name = name ?? "\(type(of: operation).kind)_\(nodes.count)"
    guard names.insert(name).inserted else { throw .duplicateName(name) }
    var shapes: [Shape] = []
    for source in sources {
      guard nodes.indices.contains(source.index) else { throw .unknownNode(source.index) }
      shapes.append(nodes[source.index].shape)
    }
    let shape: Shape
    do {
      shape = try Self.shape(of: operation, shapes)
    } catch {
      throw .node(name, error)
    }
    guard let count = shape.checkedCount, count < 1 << 40 else {
      throw .impossibleShape(node: name, shape: shape)
    }
    nodes.append(Node(id: id, name: name, operation: operation, inputs: sources, shape: shape))
    return id
  }

  /// The shape of an operation's value; only what moves elements may have none.
  private static func shape(
    of operation: any Operation, _ inputs: [Shape]
  ) throws(GraphError) -> Shape {
    let needsElements = !operation.traits.onlyMovesElements
    func isEmpty(_ shape: Shape) -> Bool { shape.dimensions.contains(0) }
    if needsElements, inputs.contains(where: isEmpty) {
      throw .noElements(kind: operation.kind, inputs: inputs)
    }
    let shape = try operation.outputShape(of: inputs)
    if needsElements, isEmpty(shape) { throw .noElements(kind: operation.kind, inputs: inputs) }
    return shape
  }

  /// Adds an operation on earlier nodes; without a name it is called after its kind and place.
  @discardableResult
  package mutating func add(
    _ operation: any Operation, _ sources: NodeID..., name: String? = nil
  ) throws(GraphError) -> NodeID {
    try add(operation, sources, name: name)
  }

  /// The shape of a node's value for a batch of one.
  package func shape(of id: NodeID) -> Shape { nodes[id.index].shape }

  /// The node of an id, nil where none was added under it yet.
  package func node(_ id: NodeID) -> Node? { nodes.indices.contains(id.index) ? nodes[id.index] : nil }

  /// Whether a node or alias has this name already.
  package func contains(name: String) -> Bool { names.contains(name) }

  /// Gives a node another name, for example that of the module whose output it yields.
  package mutating func alias(_ name: String, of id: NodeID) throws(GraphError) {
    guard nodes.indices.contains(id.index) else { throw .unknownNode(id.index) }
    guard names.insert(name).inserted else { throw .duplicateName(name) }
    aliases.append((name, id))
  }

  /// Drops the nodes that none of `outputs` needs; gives the places that those have then, in their order.
  mutating func prune(to outputs: [NodeID]) -> [NodeID] {
    var needed = Set(outputs + inputs)
    for node in nodes.reversed() where needed.contains(node.id) { needed.formUnion(node.inputs) }
    var places: [NodeID: NodeID] = [:]
    var kept: [Node] = []
    for node in nodes where needed.contains(node.id) {
      let id = NodeID(index: kept.count)
      places[node.id] = id
      kept.append(
        Node(
          id: id, name: node.name, operation: node.operation, inputs: node.inputs.compactMap { places[$0] },
          shape: node.shape))
    }
    nodes = kept
    aliases = aliases.compactMap { alias in places[alias.id].map { (alias.name, $0) } }
    names = Set(nodes.map(\.name)).union(aliases.map(\.name))
    inputs = inputs.compactMap { places[$0] }
    return outputs.compactMap { places[$0] }
  }

  /// Ends the building.
  package consuming func build(output: NodeID) throws(GraphError) -> Graph {
    guard nodes.indices.contains(output.index) else { throw .unknownNode(output.index) }
    guard let input = inputs.first, inputs.count == 1 else { throw .inputs(inputs.count) }
    return Graph(
      nodes: nodes, input: input, output: output, logits: scores(before: output), aliases: aliases)
  }

  /// The value before a closing softmax, log-softmax or sigmoid and what only reshapes behind it.
  private func scores(before output: NodeID) -> NodeID {
    var id = output
    while nodes[id.index].operation.traits.isIdentity, let source = nodes[id.index].inputs.first {
      id = source
    }
    let node = nodes[id.index]
    guard node.operation.traits.turnsScoresIntoProbabilities, let source = node.inputs.first,
      spansEntry(node)
    else { return output }
    return source
  }

  /// Whether a node's probabilities are each by itself, or those of one choice: where a softmax has several groups in an entry,
  /// a softmax over all that is before it gives other numbers.
  private func spansEntry(_ node: Node) -> Bool {
    let stated: Int
    switch node.operation {
    case let softmax as Softmax: stated = softmax.axis
    case let softmax as LogSoftmax: stated = softmax.axis
    default: return true
    }
    let axis = stated < 0 ? stated + node.shape.rank : stated
    return axis > 0 && axis < node.shape.rank && node.shape[axis] == node.shape.countPerEntry
  }
}
