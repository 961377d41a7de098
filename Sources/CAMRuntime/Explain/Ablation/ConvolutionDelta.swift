extension AblationEngine {
  /// For tails that begin with convolutions (every parallel branch) and perhaps a skip: a channel's removal is a thin
  /// change of each convolution's value; what reads the layer otherwise gets the change of the maps.
  func convolutionDelta() throws -> UnitDeltas {
    let steps = tail.frontier.map { ThinConvolution(at: $0, in: tail) }
    let sources = Array(Set(steps.map(\.source) + tail.edited)).sorted()
    let without = try valueWithoutAll(of: sources)
    let with = try network.values(of: sources, replacing: [tail.layer: maps.tensor], base: base)
    func value(_ id: NodeID, in values: [NodeID: Tensor]) throws -> Tensor {
      guard let tensor = values[id] else {
        throw GraphError.notDownstream(node: tail.graph[id].name, of: tail.layerName)
      }
      return tensor
    }
    let thin = try steps.map { step in
      step.with(
        change: Self.difference(try value(step.source, in: with), try value(step.source, in: without)),
        blocks: maps.channels)
    }
    let blocks = try tail.edited.map { id in
      let change = Self.difference(try value(id, in: without), try value(id, in: with))
      return EditedBlock(node: id, change: change.reshaped(tail.graph[id].shape), channels: maps.channels)
    }
    return try run(thin + blocks, .convolutionDelta)
  }
}
