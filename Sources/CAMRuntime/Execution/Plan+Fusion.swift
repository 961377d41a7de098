/// What follows a convolution and can be done while its sums are in registers.
struct FusionPass {
  let graph: Graph
  let needed: Set<NodeID>
  let wanted: Set<NodeID>
  private(set) var readers: [NodeID: [NodeID]] = [:]

  init(_ graph: Graph, needed: Set<NodeID>, wanted: Set<NodeID>) {
    self.graph = graph
    self.needed = needed
    self.wanted = wanted
    for id in needed {
      for input in graph[id].inputs { readers[input, default: []].append(id) }
    }
  }

  /// A fused operation, its inputs, and the nodes that it stands for, the last of which is its value.
  struct Chain {
    var operation: FusedConvolution
    var inputs: [NodeID]
    var nodes: [NodeID]
  }

  /// The chains of all convolutions among the needed nodes; no node is in two.
  ///
  /// With `cuttingInputs` a rectifier before a depthwise convolution may be part of its chain.
  func chains(cuttingInputs: Bool) -> [Chain] {
    var taken: Set<NodeID> = []
    var chains: [Chain] = []
    for id in needed.sorted() {
      guard let convolution = graph[id].operation as? Convolution else { continue }
      let chain = grown(from: id, convolution, taken, cuttingInputs)
      taken.formUnion(chain.nodes)
      chains.append(chain)
    }
    return chains
  }

  private func grown(
    from id: NodeID, _ convolution: Convolution, _ taken: Set<NodeID>, _ cuttingInputs: Bool
  ) -> Chain {
    var chain = Chain(
      operation: FusedConvolution(convolution: convolution), inputs: graph[id].inputs, nodes: [id])
    if let (pad, padded) = padding(before: id, convolution) {
      chain = Chain(
        operation: FusedConvolution(convolution: padded), inputs: graph[pad].inputs, nodes: [pad, id])
    }
    if cuttingInputs, let (cut, range) = cut(before: id, convolution), !taken.contains(cut) {
      chain = Chain(
        operation: FusedConvolution(convolution: convolution), inputs: graph[cut].inputs, nodes: [cut, id])
      chain.operation.inputRange = range
    }
    var last = id
    func follower<T>(_ type: T.Type) -> (NodeID, T)? {
      guard !wanted.contains(last), let reader = readers[last], reader.count == 1,
        !taken.contains(reader[0]), let operation = graph[reader[0]].operation as? T
      else { return nil }
      return (reader[0], operation)
    }
    func absorb(_ id: NodeID) {
      chain.nodes.append(id)
      last = id
    }
    if let (id, norm) = follower(BatchNorm.self) {
      chain.operation.norm = norm
      absorb(id)
    }
    if let (id, _) = follower(Add.self) {
      let others = graph[id].inputs.filter { $0 != last }
      // What is the same for all pictures has no batch; a sum takes it for each entry.
      if others.count == 1, graph[others[0]].shape == graph[last].shape,
        graph.varying.contains(others[0]), graph.varying.contains(last)
      {
        chain.inputs.append(others[0])
        absorb(id)
      }
    }
    if let (id, cut) = follower((any ElementwiseOperation).self), cut.function.formula == .clip {
      chain.operation.low = cut.function.alpha
      chain.operation.high = cut.function.beta
      absorb(id)
    }
    return chain
  }

  /// A rectifier of what a depthwise convolution reads, where nobody else wants its value.
  private func cut(before id: NodeID, _ convolution: Convolution) -> (NodeID, ClosedRange<Float>)? {
    let source = graph[id].inputs[0]
    guard convolution.isDepthwise, let cut = graph[source].operation as? any ElementwiseOperation,
      cut.function.formula == .clip, cut.function.alpha <= cut.function.beta, needed.contains(source),
      !wanted.contains(source), readers[source] == [id]
    else { return nil }
    return (source, cut.function.alpha...cut.function.beta)
  }

  /// The zeros that a node puts around a convolution's input, as the convolution's own padding.
  private func padding(before id: NodeID, _ convolution: Convolution) -> (NodeID, Convolution)? {
    let source = graph[id].inputs[0]
    guard let pad = graph[source].operation as? Pad, pad.mode == .constant(0), needed.contains(source),
      !wanted.contains(source), readers[source] == [id], pad.before.count == 4,
      (pad.before + pad.after).allSatisfy({ $0 >= 0 }),
      (pad.before.prefix(2) + pad.after.prefix(2)).allSatisfy({ $0 == 0 })
    else { return nil }
    let own = convolution.padding
    let whole = Padding(
      top: own.top + pad.before[2], left: own.left + pad.before[3], bottom: own.bottom + pad.after[2],
      right: own.right + pad.after[3])
    let padded = Convolution(
      weight: convolution.weight, bias: convolution.bias, stride: convolution.stride, padding: whole,
      dilation: convolution.dilation, groups: convolution.groups)
    return (source, padded)
  }
}
