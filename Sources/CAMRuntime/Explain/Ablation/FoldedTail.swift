extension AblationEngine {
  /// The changes where the leading axis of a value in the tail is not the batch: the tail of edited maps, side by side where
  /// that gives what each gives alone.
  func foldedTail() throws -> UnitDeltas {
    let logits = tail.graph.logits, classes = tail.graph[logits].shape.count, active = active
    let unchanged = try scores(of: [nil])
    let most = try network.keepsEditsApart(behind: tail, of: maps.tensor, base: base) ? 32 : 1
    let size = BatchSize.of(
      entries: active.count, entryBytes: tail.entryBytes,
      entryWork: tail.graph.largestWork(behind: [tail.layer]), in: network, most: most)
    let changes = try Tensor([units, classes]) { target in
      target.update(repeating: 0)
      for start in stride(from: 0, to: active.count, by: size) {
        try network.options.interrupt.check()
        let here = Array(active[start..<min(start + size, active.count)])
        let found = try scores(of: here)
        for (place, unit) in here.enumerated() {
          for index in 0..<classes {
            target[unit * classes + index] = unchanged[index] - found[place * classes + index]
          }
        }
        try network.meter.step(start + here.count, of: active.count)
      }
    }
    return UnitDeltas(form: .logits(changes), units: units, classes: classes, strategy: .editedTail)
  }

  /// The scores of the maps without each of some units; of the maps themselves for none.
  private func scores(of units: [Int?]) throws -> [Float] {
    let size = maps.tensor.count
    let edits = maps.tensor.withValues { original in
      Tensor(maps.tensor.shape.withBatch(units.count)) { target in
        for (place, unit) in units.enumerated() {
          let copy = UnsafeMutableBufferPointer(rebasing: target[place * size..<(place + 1) * size])
          _ = copy.update(from: original)
          if let unit { ablate(unit, in: copy) }
        }
      }
    }
    let values = try network.values(
      of: [tail.graph.logits], replacing: [tail.layer: edits], base: base, amongMany: true)
    return values[tail.graph.logits]?.values ?? []
  }

  /// Puts the baseline in the place of a unit.
  func ablate(_ unit: Int, in copy: UnsafeMutableBufferPointer<Float>) {
    switch self.unit {
    case .channel:
      for index in unit * maps.positions..<(unit + 1) * maps.positions { copy[index] = baseline[unit] }
    case .spatial:
      for channel in 0..<maps.channels { copy[channel * maps.positions + unit] = baseline[channel] }
    }
  }
}

extension TailAnalysis {
  /// The bytes of all values behind the layer, and of its own, for one entry.
  var entryBytes: Int { 4 * nodes.reduce(graph[layer].shape.count) { $0 + graph[$1].shape.count } }
}

extension Network {
  /// Whether edits of a layer get the scores side by side that each gets alone.
  ///
  /// Where the batch leads all that lies behind the layer, and all that is read there, they do; elsewhere two edits are tried
  /// once: parts of entries may stand in any order.
  func keepsEditsApart(behind tail: TailAnalysis, of maps: Tensor, base: Activations) throws -> Bool {
    if !tail.folds(folding), takesBatches(tail.nodes) { return true }
    if let known = editsStayApart[tail.layer] { return known }
    let answer = try agrees(maps) { edits in
      try values(of: [graph.logits], replacing: [tail.layer: edits], base: base)[graph.logits]
    }
    editsStayApart[tail.layer] = answer
    return answer
  }
}
