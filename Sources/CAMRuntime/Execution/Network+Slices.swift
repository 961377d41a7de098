internal import CVector

extension Network {
  /// How a batch goes through a plan, where that is in slices.
  func slicing(of plan: Plan, batch: Int) -> Plan.Slicing? {
    plan.slicing(of: graph, batch: batch, folding: folding)
  }

  /// Runs the steps of some levels of a slicing for `range` of the entries; their values that are read later.
  func run(
    _ levels: ArraySlice<Plan.Slicing.Level>, of plan: Plan, _ sources: [NodeID: Value], batch: Int,
    _ range: Range<Int>
  ) throws -> [NodeID: Value] {
    guard let level = levels.last else { return [:] }
    let count = (range.count + level.entries - 1) / level.entries
    let inner = levels.dropLast()
    var joined: [NodeID: Value] = [:]
    for place in 0..<count {
      let begin = range.count * place / count, end = range.count * (place + 1) / count
      let slice = range.lowerBound + begin..<range.lowerBound + end
      var values = try run(inner, of: plan, sources, batch: batch, slice)
      for (id, value) in sources {
        values[id] = varies(id) && value.batch == batch ? value.entries(slice) : value
      }
      try run(plan.steps[(inner.last?.steps ?? 0)..<level.steps], on: &values, batch: slice.count)
      for id in level.outputs {
        guard let part = values[id] else { continue }
        if count == 1 {
          joined[id] = part
        } else {
          let whole = joined[id] ?? device.allocate(like: part, batch: range.count)
          joined[id] = whole
          device.place(part, in: whole, at: begin)
        }
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
    cv_move(alike.raw, whole.raw + entry * bytes, alike.batch * bytes)
    withExtendedLifetime(alike) {}
  }
}
