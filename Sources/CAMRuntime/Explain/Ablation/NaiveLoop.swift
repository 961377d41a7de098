extension AblationEngine {
  /// The plain loop as published: the whole network once for each unit, whatever its value.
  func naiveLoop() throws -> UnitDeltas {
    let logits = tail.graph.logits
    let classes = tail.graph[logits].shape.count
    let unchanged = try scores(without: nil)
    let changes = try Tensor([units, classes]) { target in
      for unit in 0..<units {
        let scores = try self.scores(without: unit)
        try network.meter.step(unit + 1, of: units)
        for index in 0..<classes { target[unit * classes + index] = unchanged[index] - scores[index] }
      }
    }
    return UnitDeltas(form: .logits(changes), units: units, classes: classes, strategy: .naive)
  }

  private func scores(without unit: Int?) throws -> [Float] {
    try network.options.interrupt.check()
    let pass = try network.forward(input, keeping: [tail.layer] + tail.boundary)
    let edit = maps.like { copy in
      maps.tensor.withValues { _ = copy.update(from: $0) }
      if let unit { ablate(unit, in: copy) }
    }
    let values = try network.values(
      of: [tail.graph.logits], replacing: [tail.layer: edit.tensor], base: pass)
    return values[tail.graph.logits]?.values ?? []
  }
}
