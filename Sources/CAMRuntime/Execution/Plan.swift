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

  /// Plans the nodes between `known` values and `wanted` ones.
  init(
    _ graph: Graph, from known: Set<NodeID>, to wanted: Set<NodeID>, replacing: [NodeID: any Operation] = [:]
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
    var lastUse: [NodeID: NodeID] = [:]
    let ordered = needed.sorted()
    for id in ordered {
      for input in graph[id].inputs { lastUse[input] = id }
    }
    steps = ordered.map { id in
      let node = graph[id]
      let releases = Set(node.inputs).filter {
        lastUse[$0] == id && !wanted.contains($0) && !known.contains($0)
      }
      return Step(
        operation: replacing[id] ?? node.operation, inputs: node.inputs, output: id,
        releases: releases.sorted())
    }
    self.sources = sources.sorted()
  }
}

/// What a plan depends on.
struct PlanKey: Hashable {
  let known: Set<NodeID>
  let wanted: Set<NodeID>
  let classes: [Int]?
}
