/// Makes the layers of a training network from a graph.
struct TrainingBuilder {
  /// A layer and whether a gradient must reach it.
  typealias Built = (
    layers: [(node: Node, layer: any TrainingLayer, needsGradient: Bool)], start: TrainingValue,
    scores: TrainingValue
  )

  let graph: Graph
  let batch: Int
  let format: ElementFormat
  let frozen: Set<NodeID>
  /// The share that every dropout loses in place of its own.
  let dropout: Float?
  let device: Device
  let interrupt: InterruptFlag
  private var values: [NodeID: TrainingValue] = [:]
  private var needsGradient: Set<NodeID> = []

  init(
    graph: Graph, batch: Int, format: ElementFormat, frozen: Set<NodeID>, dropout: Float?, device: Device,
    interrupt: InterruptFlag
  ) {
    self.graph = graph
    self.batch = batch
    self.format = format
    self.frozen = frozen
    self.dropout = dropout
    self.device = device
    self.interrupt = interrupt
  }

  mutating func build() throws -> Built {
    let wanted = graph.ancestors(of: graph.logits).union([graph.logits])
    let fused = rectifiersToFuse(within: wanted)
    try checkBatches(of: wanted)
    try checkRoom(for: wanted.subtracting(fused.values))
    var layers: [(node: Node, layer: any TrainingLayer, needsGradient: Bool)] = []
    var start: TrainingValue?
    for node in graph.nodes where wanted.contains(node.id) {
      try interrupt.check()
      if node.operation is Input {
        let value = value(for: node)
        values[node.id] = value
        start = value
        continue
      }
      // A rectifier that its producer computes is another name for the producer's value.
      if fused.values.contains(node.id) {
        values[node.id] = values[node.inputs[0]]
        if needsGradient.contains(node.inputs[0]) { needsGradient.insert(node.id) }
        continue
      }
      let isTrained = !frozen.contains(node.id) && node.operation.parameters.contains(where: \.isTrainable)
      if isTrained || node.inputs.contains(where: needsGradient.contains) { needsGradient.insert(node.id) }
      let layer = try layer(for: node, isRectified: fused[node.id] != nil, isTrained: isTrained)
      values[node.id] = layer.output
      layers.append((node, layer, needsGradient.contains(node.id)))
    }
    guard let start, let scores = values[graph.logits] else {
      throw GraphError.unknownNode(graph.logits.index)
    }
    return (layers, start, scores)
  }

  /// Refuses values whose leading axis is not the batch (windows or patches beside the entries).
  private func checkBatches(of computed: Set<NodeID>) throws(GraphError) {
    guard let first = Network.folding(graph).intersection(computed).min() else { return }
    throw .node(
      graph[first].name,
      .shape(
        kind: graph[first].operation.kind, inputs: graph[first].inputs.map { graph[$0].shape },
        reason: "training wants the batch as the leading axis of its value"))
  }

  /// Refuses what would not fit in memory: every value, the gradients of the largest, and four numbers a parameter
  /// (itself, its gradient, what the optimiser remembers of it).
  private func checkRoom(for computed: Set<NodeID>) throws(GraphError) {
    let counts = computed.map { graph[$0].shape.count * batch }
    let parameters = graph.nodes.reduce(0) { sum, node in
      node.operation.parameters.reduce(sum) { $0 + $1.tensor.count }
    }
    let values = counts.reduce(0, +) + 2 * (counts.max() ?? 0)
    try MemoryRoom.check(
      values * format.bytes + 4 * parameters * MemoryLayout<Float>.stride,
      for: "training on batches of \(batch)")
  }

  /// Rectifiers that alone read a batch norm or a sum, by what they read.
  private func rectifiersToFuse(within wanted: Set<NodeID>) -> [NodeID: NodeID] {
    var fused: [NodeID: NodeID] = [:]
    for node in graph.nodes where wanted.contains(node.id) && node.operation is ReLU {
      let source = graph[node.inputs[0]]
      guard source.operation is BatchNorm || isPlainSum(source), source.id != graph.logits,
        graph.consumers(of: source.id).filter(wanted.contains) == [node.id]
      else { continue }
      fused[source.id] = node.id
    }
    return fused
  }

  private func isPlainSum(_ node: Node) -> Bool {
    node.operation is Add && node.inputs.count == 2
      && node.inputs.allSatisfy { graph[$0].shape == node.shape && graph.varying.contains($0) }
  }

  private func value(for node: Node) -> TrainingValue {
    let shape = graph.varying.contains(node.id) ? node.shape.withBatch(batch) : node.shape
    return TrainingValue(shape: shape, format: format, pool: device.pool)
  }

  private func input(_ id: NodeID) throws -> TrainingInput {
    guard let value = values[id] else { throw GraphError.unknownNode(id.index) }
    return TrainingInput(value: value, wantsGradient: needsGradient.contains(id))
  }

  private func layer(for node: Node, isRectified: Bool, isTrained: Bool) throws -> any TrainingLayer {
    let inputs = try node.inputs.map(input)
    switch node.operation {
    case let operation as Convolution:
      return try ConvolutionLayer(
        node: node, geometry: operation.geometry(of: inputs[0].value.shape), input: inputs[0],
        output: value(for: node),
        isTrained: isTrained, device: device)
    case let operation as Linear where inputs[0].value.shape.rank == 2:
      return try ConvolutionLayer(
        node: node, geometry: operation.geometry(rows: batch), input: inputs[0], output: value(for: node),
        isTrained: isTrained, device: device)
    case let operation as BatchNorm:
      return BatchNormLayer(
        node: node, operation: operation, input: inputs[0], output: value(for: node),
        isRectified: isRectified,
        isTrained: isTrained)
    case is Add where isPlainSum(node):
      return SumLayer(inputs: inputs, output: value(for: node), isRectified: isRectified)
    case is ReLU: return RectifierLayer(input: inputs[0], output: value(for: node))
    case let operation as MaxPool
    where operation.kernel.height * operation.kernel.width <= MaxPoolLayer.mostTaps:
      return MaxPoolLayer(operation: operation, input: inputs[0], output: value(for: node))
    case let operation as Dropout:
      return DropoutLayer(
        probability: dropout ?? operation.rate, salt: UInt64(node.id.index), input: inputs[0],
        output: value(for: node))
    default:
      guard node.operation.parameters.isEmpty || !isTrained else {
        throw TrainingFailure.untrainable(node: node.name, kind: node.operation.kind)
      }
      return GeneralLayer(node: node, inputs: inputs, output: value(for: node), device: device)
    }
  }
}

extension Convolution {
  /// The convolution of an input of this shape.
  fileprivate func geometry(of input: Shape) throws -> ConvolutionGeometry {
    let output = try outputShape(of: [input])
    return ConvolutionGeometry(
      batch: input[0], inputs: input[1], outputs: output[1], groups: groups,
      input: Extent(input[2], input[3]),
      output: Extent(output[2], output[3]), kernel: Extent(weight.shape[2], weight.shape[3]), stride: stride,
      dilation: dilation, padding: padding)
  }
}

extension Linear {
  /// The layer as a convolution of one tap: the batch's rows are the rows of one picture.
  fileprivate func geometry(rows: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: 1, inputs: weight.shape[1], outputs: weight.shape[0], groups: 1, input: Extent(rows, 1),
      output: Extent(rows, 1), kernel: 1, stride: 1, dilation: 1, padding: 0)
  }
}
