/// Runs what lies behind a cut of a graph on batches of changed values.
///
/// Every batch has the same size and the first entry of the first is the unchanged one, so that differences are
/// taken between values of the same kernels.
struct CutRun {
  let network: Network
  let base: Activations
  /// The nodes whose values are given.
  let cut: [NodeID]
  /// The node whose changes are wanted.
  let wanted: NodeID
  /// Writes the values of the cut for one unit (nil for the unchanged entry), one buffer for each node.
  let write: (Int?, [UnsafeMutableBufferPointer<Float>]) -> Void

  /// What taking away each of the active units changes, `[units, elements of the wanted value]`: the unchanged value
  /// minus the changed one, zero rows for units that are not active.
  func changes(units: Int, active: [Int], entryBytes: Int) throws -> Tensor {
    let width = network.graph[wanted].shape.count
    let size = Self.batchSize(
      entries: active.count + 1, entryBytes: entryBytes, limit: network.options.memoryLimit)
    var unchanged: [Float] = []
    return try Tensor([units, width]) { target in
      var next = 0
      while next < active.count {
        let hasUnchanged = unchanged.isEmpty
        let first = hasUnchanged ? 1 : 0
        let here = Array(active[next..<min(next + size - first, active.count)])
        let entries: [Int?] = (hasUnchanged ? [nil] : []) + here
        let values = try run(entries, size: size)
        values.withValues { values in
          if hasUnchanged { unchanged = Array(values[0..<width]) }
          for (place, unit) in here.enumerated() {
            let from = (place + first) * width
            for index in 0..<width { target[unit * width + index] = unchanged[index] - values[from + index] }
          }
        }
        next += here.count
      }
    }
  }

  /// The values of the wanted node for some units, in batches of one size.
  private func run(_ entries: [Int?], size: Int) throws -> Tensor {
    try network.options.interrupt.check()
    let shapes = cut.map { network.graph[$0].shape }
    var values: [NodeID: Tensor] = [:]
    // All nodes of the cut are written entry by entry, so their buffers are open together.
    let storages = shapes.map { UnsafeMutableBufferPointer<Float>.allocate(capacity: size * $0.count) }
    defer { for storage in storages { storage.deallocate() } }
    for storage in storages { storage.initialize(repeating: 0) }
    for place in 0..<size {
      let buffers = zip(storages, shapes).map { storage, shape in
        UnsafeMutableBufferPointer(rebasing: storage[place * shape.count..<(place + 1) * shape.count])
      }
      write(place < entries.count ? entries[place] : nil, buffers)
    }
    for (index, id) in cut.enumerated() {
      values[id] = Tensor(shapes[index].withBatch(size)) { _ = $0.update(from: storages[index]) }
    }
    let result = try network.values(of: [wanted], replacing: values, base: base)
    guard let tensor = result[wanted] else {
      throw GraphError.notDownstream(node: network.graph[wanted].name, of: network.graph[cut[0]].name)
    }
    return tensor
  }

  /// As many entries as fit in the limit, from 1 to 32, in batches of nearly equal size.
  static func batchSize(entries: Int, entryBytes: Int, limit: Int) -> Int {
    let allowed = limit > 0 ? limit : 64 << 20
    let most = max(1, min(32, allowed / max(entryBytes, 1)))
    let batches = (entries + most - 1) / most
    return max(1, (entries + batches - 1) / batches)
  }
}
