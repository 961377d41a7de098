/// The part of a graph behind a layer, and where taking a channel away first mixes with other channels.
///
/// *Local* nodes keep channels apart: channel k of the layer owns one block of equal length of their values, in order.
/// The *frontier* are the convolutions and linear layers that read local nodes whose own channels those blocks are made
/// of: there, a channel's removal is a thin linear update. Local nodes that anything else reads are *edited*: their
/// values must be given whole.
package struct TailAnalysis: Sendable {
  /// The graph.
  package let graph: Graph
  /// The layer.
  package let layer: NodeID
  /// The nodes behind the layer that lead to the logits, in order.
  package let nodes: [NodeID]
  /// The layer and the nodes whose values keep its channels apart.
  package let local: Set<NodeID>
  /// The convolutions and linear layers that read local nodes.
  package let frontier: [NodeID]
  /// Local nodes that other nodes read.
  package let edited: [NodeID]
  /// Values that the tail reads and the layer does not change.
  package let boundary: [NodeID]

  /// The tail of a layer; throws where the layer does not reach the logits or its value is not maps.
  package init(of graph: Graph, after layer: NodeID) throws(ExplainError) {
    let shape = graph[layer].shape
    guard graph.varying.contains(layer) else { throw .isConstant(layer: graph[layer].name) }
    guard shape.rank == 4, shape[0] == 1 else {
      throw .notMaps(layer: graph[layer].name, shape: shape)
    }
    let behind = graph.dependents(of: layer)
    guard behind.contains(graph.logits) else { throw .notBeforeScores(layer: graph[layer].name) }
    let leading = graph.ancestors(of: graph.logits).union([graph.logits])
    let nodes = graph.nodes.map(\.id).filter { behind.contains($0) && leading.contains($0) }
    let tail = Set(nodes)

    var local: Set<NodeID> = [layer]
    var frontier: [NodeID] = []
    var edited: Set<NodeID> = []
    var boundary: Set<NodeID> = []
    for id in nodes {
      let node = graph[id]
      let changed = node.inputs.filter { $0 == layer || tail.contains($0) }
      boundary.formUnion(node.inputs.filter { !changed.contains($0) })
      if changed.allSatisfy(local.contains),
        Self.keepsBlocks(node, changed: changed, graph: graph, channels: shape[1])
      {
        local.insert(id)
      } else if changed.count == 1, local.contains(changed[0]),
        Self.takesThinChanges(node, of: graph[changed[0]].shape, channels: shape[1])
      {
        frontier.append(id)
      } else {
        edited.formUnion(changed.filter(local.contains))
      }
    }
    self.graph = graph
    self.layer = layer
    self.nodes = nodes
    self.local = local
    self.frontier = frontier
    self.edited = edited.sorted()
    self.boundary = boundary.sorted()
  }

  /// The name of the layer.
  package var layerName: String { graph.bestName(of: layer) }

  /// The number of channels of the layer.
  package var channels: Int { graph[layer].shape[1] }

  /// The exact way that costs least for taking channels away.
  package var strategy: AblationStrategy {
    if local.contains(graph.logits) { return .closedForm }
    guard let first = frontier.first else { return .editedTail }
    if frontier.count == 1, edited.isEmpty, linear(first) != nil {
      return isAffine(behind: first) ? .closedForm : .linearDelta
    }
    return .convolutionDelta
  }

  /// The way that is taken in a graph in which the leading axis of some nodes is not the batch: where the tail reads or
  /// yields one of those, changes cannot be followed from node to node.
  package func strategy(folding nodes: Set<NodeID>) -> AblationStrategy {
    folds(nodes) ? .editedTail : strategy
  }

  /// Whether the tail reads or yields one of some nodes.
  func folds(_ folding: Set<NodeID>) -> Bool { (nodes + boundary).contains(where: folding.contains) }

  /// The linear layer that a node stands for: itself, or a convolution of a value of one position.
  package func linear(_ id: NodeID) -> Linear? {
    let node = graph[id]
    let input = graph[node.inputs[0]].shape
    if let linear = node.operation as? Linear, input.rank == 2, input[0] == 1 { return linear }
    guard let convolution = node.operation as? Convolution, convolution.groups == 1,
      input.rank == 4, input[2] == 1, input[3] == 1, convolution.weight.shape[2] == 1,
      convolution.weight.shape[3] == 1, node.shape[2] == 1, node.shape[3] == 1
    else { return nil }
    let weight = convolution.weight.reshaped([convolution.weight.shape[0], convolution.weight.shape[1]])
    return Linear(weight: weight, bias: convolution.bias)
  }

  /// The linear layer whose outputs, unchanged but for their shape, are the logits; nil where there is none
  /// behind the layer.
  package var lastLinear: (node: NodeID, operation: Linear)? {
    var id = graph.logits
    while graph[id].operation.traits.isIdentity, let source = graph[id].inputs.first, source != layer {
      id = source
    }
    guard nodes.contains(id), let linear = linear(id) else { return nil }
    let source = graph[id].inputs[0]
    return source == layer || nodes.contains(source) ? (id, linear) : nil
  }

  /// The next linear layer behind a node to which a single path of operations of one input leads; nil for any other
  /// tail, and for the last linear layer, whose outputs are computed for wanted classes only.
  func linearBehind(_ origin: NodeID) -> NodeID? {
    var id = origin
    while id != graph.logits {
      let readers = nodes.filter { graph[$0].inputs.contains(id) }
      guard readers.count == 1, graph[readers[0]].inputs.count == 1 else { return nil }
      id = readers[0]
      if linear(id) != nil { return id == lastLinear?.node ? nil : id }
    }
    return nil
  }

  /// Whether the logits are an affine function of the value of a node.
  func isAffine(behind origin: NodeID) -> Bool {
    let behind = graph.dependents(of: origin)
    return nodes.allSatisfy { id in
      !behind.contains(id) || Self.isAffine(graph[id]) { behind.contains($0) || $0 == origin }
    }
  }

  /// Whether the logits are a piecewise linear function of the layer's value.
  package var isPiecewiseLinear: Bool {
    nodes.allSatisfy { id in
      graph[id].operation.traits.isPiecewiseLinear
        || Self.isAffine(graph[id]) { $0 == layer || nodes.contains($0) }
    }
  }

  /// The linear layer of a network that ends in global average pooling of the layer and that linear layer.
  package func pooledLinear() throws(ExplainError) -> Linear {
    var id = layer
    // What stands before the node under the eye and is worth naming: the layer, the pooling, the linear layer.
    var last = layerName
    var (isPooled, isBehindLinear) = (false, false)
    while true {
      let readers = nodes.filter { graph[$0].inputs.contains(id) }
      guard readers.count == 1, graph[readers[0]].inputs.count == 1 else {
        throw .needsGlobalPooling(layer: layerName, after: last, found: "a branch")
      }
      let node = graph[readers[0]]
      let name = graph.bestName(of: node.id)
      if isPooled, !isBehindLinear, let linear = linear(node.id) {
        if lastLinear?.node == node.id { return linear }
        (isBehindLinear, last) = (true, name)
      } else if !isPooled, averagesPositions(node) {
        (isPooled, last) = (true, name)
      } else if !node.operation.traits.isIdentity {
        throw .needsGlobalPooling(
          layer: layerName, after: last, found: "\(node.operation.kind) '\(name)'")
      }
      if node.id == graph.logits {
        throw .needsGlobalPooling(layer: layerName, after: last, found: "no linear layer")
      }
      id = node.id
    }
  }

  /// Whether a node yields the mean of each of the layer's channels over all positions.
  private func averagesPositions(_ node: Node) -> Bool {
    let input = graph[node.inputs[0]].shape
    guard input.rank == 4, input[1] == channels else { return false }
    switch node.operation {
    case is GlobalAveragePool: return true
    case let pool as AdaptiveAveragePool: return pool.output == Extent(1, 1)
    case let pool as AveragePool:
      return pool.kernel == Extent(input[2], input[3]) && pool.padding == .none
        && node.shape[2] == 1 && node.shape[3] == 1
    case let mean as ReduceMean:
      return (try? mean.resolvedAxes(of: input)) == [2, 3]
    default: return false
    }
  }

  /// Whether an operation is affine in those of its inputs that change.
  private static func isAffine(_ node: Node, changes: (NodeID) -> Bool) -> Bool {
    if node.operation.traits.isAffine { return true }
    guard node.inputs.count == 2 else { return false }
    switch node.operation {
    case is Multiply: return !(changes(node.inputs[0]) && changes(node.inputs[1]))
    case is Divide: return !changes(node.inputs[1])
    default: return false
    }
  }

  /// Whether a node is a layer whose input channels are the blocks of the layer's channels, or parts of them.
  private static func takesThinChanges(_ node: Node, of input: Shape, channels: Int) -> Bool {
    switch node.operation {
    case is Convolution: input.rank == 4 && input[0] == 1 && input[1] % channels == 0
    case is Linear: input.rank == 2 && input[0] == 1
    default: false
    }
  }

  /// Whether a node's value keeps the blocks of the layer's channels apart when its changed inputs do.
  private static func keepsBlocks(
    _ node: Node, changed: [NodeID], graph: Graph, channels: Int
  ) -> Bool {
    let traits = node.operation.traits
    if traits.isIdentity { return true }
    let output = node.shape
    if node.operation is Linear {
      // Of tokens, positions or rows: it keeps apart what no row of its input has parts of.
      let input = graph[changed[0]].shape
      return input.rank > 2 && input.count / channels % input[input.rank - 1] == 0
    }
    if let reduction = node.operation as? any Reduction {
      let input = graph[changed[0]].shape
      guard let axes = try? reduction.resolvedAxes(of: input) else { return false }
      return !axes.contains(0) && !axes.contains(1) && input.rank > 2 && input[1] % channels == 0
    }
    guard traits.isChannelLocal, output.rank >= 2, output[1] % channels == 0 else { return false }
    return changed.allSatisfy { id in
      let input = graph[id].shape
      return input.rank == output.rank && input[1] == output[1]
    }
  }
}
