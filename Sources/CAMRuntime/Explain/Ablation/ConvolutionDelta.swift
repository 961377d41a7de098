extension AblationEngine {
  /// For tails that begin with convolutions (every parallel branch) and perhaps a skip: a channel's removal is a thin
  /// update of each convolution's value; what reads the layer otherwise gets the edited maps.
  func convolutionDelta() throws -> UnitDeltas {
    let graph = tail.graph
    let steps = tail.frontier.map { ThinConvolution(at: $0, in: tail) }
    let sources = Array(Set(steps.map(\.source) + tail.edited)).sorted()
    let without = try valueWithoutAll(of: sources)
    let with = try network.values(
      of: Array(Set(sources + steps.map(\.node))).sorted(), replacing: [tail.layer: maps.tensor], base: base)
    func value(_ id: NodeID, in values: [NodeID: Tensor]) throws -> Tensor {
      guard let tensor = values[id] else {
        throw GraphError.notDownstream(node: graph[id].name, of: tail.layerName)
      }
      return tensor
    }
    let updates = try steps.map { step in
      step.with(
        value: try value(step.node, in: with),
        change: Self.difference(try value(step.source, in: with), try value(step.source, in: without)),
        blocks: maps.channels)
    }
    let copies = try tail.edited.map { id in
      EditedCopy(
        node: id, with: try value(id, in: with), without: try value(id, in: without), channels: maps.channels)
    }
    return try run(updates + copies, .convolutionDelta)
  }
}
