/// The steps from known values to wanted ones.
struct Plan {
  /// One operation, what it reads and yields, and which values nobody reads after it.
  struct Step {
    let operation: any Operation
    let inputs: [NodeID]
    let output: NodeID
    let releases: [NodeID]
  }

  let steps: [Step]
  /// Known values that the steps read.
  let sources: [NodeID]
  /// The values that are kept.
  let wanted: Set<NodeID>

  /// Plans the nodes between `known` values and `wanted` ones; `joining` whether convolutions become one step with others,
  /// `narrowing` whether they may hand values on in 16 bits.
  init(
    _ graph: Graph, from known: Set<NodeID>, to wanted: Set<NodeID>, replacing: [NodeID: any Operation] = [:],
    joining: Bool = true, narrowing: Bool = false
  ) {
    var needed: Set<NodeID> = []
    var sources: Set<NodeID> = []
    var open = Array(wanted)
    while let id = open.popLast() {
      if known.contains(id) {
        sources.insert(id)
      } else if needed.insert(id).inserted {
        open += graph[id].inputs
      }
    }
    let fusion = FusionPass(graph, needed: needed, wanted: wanted)
    let chains = fusion.chains(cuttingInputs: joining)
    let inside = Set(chains.flatMap(\.nodes))
    var order = joining ? fusion.joined(chains) : fusion.single(chains)
    for id in needed where !inside.contains(id) {
      order.append((replacing[id] ?? graph[id].operation, graph[id].inputs, id))
    }
    Self.padPools(&order, wanted)
    if narrowing { Self.narrow(&order, wanted) }
    // All inputs of a chain lie before its last node.
    order.sort { $0.output < $1.output }
    Self.overwrite(&order, wanted)
    var lastUse: [NodeID: NodeID] = [:]
    for step in order {
      for input in step.inputs { lastUse[input] = step.output }
    }
    steps = order.map { step in
      let releases = Set(step.inputs).filter {
        lastUse[$0] == step.output && !wanted.contains($0) && !known.contains($0)
      }
      return Step(
        operation: step.operation, inputs: step.inputs, output: step.output, releases: releases.sorted())
    }
    self.sources = sources.sorted()
    self.wanted = wanted
  }

  /// The most elements that the values of its steps hold at a time, those that depend on the input for a whole batch.
  func mostElements(of graph: Graph, batch: Int) -> Int {
    func count(_ id: NodeID) -> Int { graph[id].shape.count * (graph.varying.contains(id) ? batch : 1) }
    let own = Set(steps.map(\.output))
    var held = 0, most = 0
    for step in steps {
      held += count(step.output)
      most = max(most, held)
      for id in step.releases where own.contains(id) { held -= count(id) }
    }
    return most
  }
}

/// What a plan depends on.
struct PlanKey: Hashable {
  let known: Set<NodeID>
  let wanted: Set<NodeID>
  let classes: [Int]?
}
