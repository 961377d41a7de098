/// A node whose value is given to a run of the tail, entry by entry.
protocol CutSource {
  /// The node.
  var node: NodeID { get }
  /// Writes the node's value without each of some units, one after the other; a negative unit stands for the unchanged
  /// value.
  func write(without units: [Int], to target: UnsafeMutableBufferPointer<Float>) throws
}

/// Runs what lies behind a cut of a graph on batches of changed values.
///
/// Every batch has the same size and the first entry of the first is the unchanged one, so that differences are
/// taken between values of the same kernels.
struct CutRun {
  let network: Network
  let base: Activations
  /// The nodes whose values are given.
  let cut: [any CutSource]
  /// The node whose changes are wanted.
  let wanted: NodeID
  /// The most entries that a batch may have.
  let batchLimit: Int

  /// What taking away each of the active units changes, `[units, elements of the wanted value]`: the unchanged value
  /// minus the changed one, zero rows for units that are not active.
  func changes(units: Int, active: [Int], entryBytes: Int) throws -> Tensor {
    let width = network.graph[wanted].shape.count
    let size = Self.batchSize(
      entries: active.count + 1, entryBytes: entryBytes,
      entryWork: network.graph.largestWork(behind: Set(cut.map(\.node))), limit: network.options.memoryLimit,
      most: batchLimit)
    var unchanged: [Float] = []
    let storage = TensorStorage(count: units * width, from: network.device.pool)
    let target = UnsafeMutableBufferPointer(start: storage.base, count: units * width)
    if active.count < units { target.update(repeating: 0) }
    try withExtendedLifetime(storage) {
      var next = 0
      while next < active.count {
        let hasUnchanged = unchanged.isEmpty
        let first = hasUnchanged ? 1 : 0
        let here = Array(active[next..<min(next + max(size - first, 1), active.count)])
        let entries = (hasUnchanged ? [-1] : []) + here
        let values = try run(entries + Array(repeating: -1, count: max(size - entries.count, 0)))
        values.withValues { values in
          if hasUnchanged { unchanged = Array(values[0..<width]) }
          unchanged.withUnsafeBufferPointer { unchanged in
            inParallel(here.count, grain: 1 + 16_384 / width) { range in
              for place in range {
                let from = (place + first) * width
                let to = here[place] * width
                for index in 0..<width { target[to + index] = unchanged[index] - values[from + index] }
              }
            }
          }
        }
        next += here.count
      }
    }
    return Tensor(shape: [units, width], storage: storage)
  }

  /// The values of the wanted node without each of some units.
  private func run(_ units: [Int]) throws -> Tensor {
    try network.options.interrupt.check()
    var values: [NodeID: Tensor] = [:]
    for source in cut {
      let shape = network.graph[source.node].shape.withBatch(units.count)
      let storage = TensorStorage(count: shape.count, from: network.device.pool)
      try source.write(
        without: units, to: UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
      values[source.node] = Tensor(shape: shape, storage: storage)
    }
    guard let tensor = try network.values(of: [wanted], replacing: values, base: base)[wanted] else {
      throw GraphError.notDownstream(
        node: network.graph[wanted].name, of: cut.map { network.graph[$0.node].name }.joined(separator: ", "))
    }
    return tensor
  }

  /// As many entries as fit in the limit, in batches of nearly equal size, so that no single operation of
  /// `entryWork` multiplications takes long: between operations it is seen whether to stop.
  static func batchSize(entries: Int, entryBytes: Int, entryWork: Int, limit: Int, most: Int) -> Int {
    let allowed = min(limit > 0 ? limit : .max, 64 << 20)
    let most = max(1, min(most, allowed / max(entryBytes, 1), 6_000_000_000 / max(entryWork, 1)))
    let batches = (entries + most - 1) / most
    return max(1, (entries + batches - 1) / batches)
  }
}
