extension Network {
  /// How a batch goes through a plan, where that is in slices.
  func slicing(of plan: Plan, batch: Int) -> Plan.Slicing? {
    plan.slicing(of: graph, batch: batch, varying: varying, folding: folding)
  }

  /// Runs the first steps of a plan for some entries at a time; their values that are read later, for all entries.
  func runSlices(
    _ slicing: Plan.Slicing, of plan: Plan, _ sources: [NodeID: Value], batch: Int
  ) throws -> [NodeID: Value] {
    var joined: [NodeID: Value] = [:]
    for slice in slicing.slices {
      var values: [NodeID: Value] = [:]
      for (id, value) in sources {
        values[id] = varies(id) && value.batch == batch ? value.entries(slice) : value
      }
      try run(plan.steps[..<slicing.steps], on: &values, batch: slice.count)
      for id in slicing.outputs {
        guard let part = values[id] else { continue }
        let whole = joined[id] ?? device.allocate(like: part, batch: batch)
        joined[id] = whole
        device.place(part, in: whole, at: slice.lowerBound)
      }
    }
    return joined
  }
}

extension Value {
  /// Some entries of a batch, where they lie.
  fileprivate func entries(_ range: Range<Int>) -> Value {
    Value(
      shape: shape.withBatch(range.count), layout: layout, storage: storage,
      offset: offset + range.lowerBound * shape.countPerEntry, format: format)
  }
}

extension Device {
  fileprivate func allocate(like part: Value, batch: Int) -> Value {
    let shape = part.shape.withBatch(batch)
    return part.isNarrow ? allocateNarrow(shape) : allocate(shape, part.layout)
  }

  /// Copies entries into a larger batch, which may hold them in another way.
  fileprivate func place(_ part: Value, in whole: Value, at entry: Int) {
    let alike = value(whole.isNarrow ? narrowed(part) : widened(part), as: whole.layout)
    let width = whole.isNarrow ? 2 : MemoryLayout<Float>.stride
    let bytes = whole.shape.countPerEntry * width
    (whole.raw + entry * bytes).copyMemory(from: alike.raw, byteCount: alike.batch * bytes)
    withExtendedLifetime(alike) {}
  }
}
