extension Plan {
  /// How a large batch goes through a plan: the first steps some entries at a time, the others all at once.
  ///
  /// Early values are the largest, and late layers have few pixels, whose loops need many entries to be fast.
  struct Slicing: Equatable {
    /// How many steps see slices.
    let steps: Int
    /// What the steps' outputs are that later ones read, or that are wanted.
    let outputs: Set<NodeID>
    /// The entries of each slice.
    let slices: [Range<Int>]
    /// The most elements that values hold at a time.
    let mostElements: Int
  }

  /// Entries of a slice, about.
  private static let entriesPerSlice = 8
  /// Passes whose values take less go through at once.
  private static let smallBytes = 48 << 20

  /// The slicing that needs the least memory, or nearly so with as few sliced steps as possible; nil where it saves little.
  func slicing(
    of graph: Graph, batch: Int, varying: Set<NodeID>, folding: Set<NodeID>
  ) -> Slicing? {
    guard batch >= 2 * Self.entriesPerSlice, folding.isEmpty else { return nil }
    let own = Set(steps.map(\.output))
    guard own.isSubset(of: varying) else { return nil }
    // What is held during each step and after it, of one entry.
    var during: [Int] = [], after: [Int] = []
    var held = 0
    for step in steps {
      held += graph[step.output].shape.count
      during.append(held)
      for id in step.releases where own.contains(id) { held -= graph[id].shape.count }
      after.append(held)
    }
    var behind = during
    for place in behind.indices.dropLast().reversed() {
      behind[place] = max(behind[place], behind[place + 1])
    }
    guard let whole = behind.first.map({ $0 * batch }), whole * MemoryLayout<Float>.stride > Self.smallBytes
    else { return nil }
    let count = (batch + Self.entriesPerSlice - 1) / Self.entriesPerSlice
    let entries = (batch + count - 1) / count
    var front = 0
    let most = steps.indices.dropLast().map { place in
      front = max(front, during[place])
      return max(after[place] * batch + front * entries, behind[place + 1] * batch)
    }
    guard let least = most.min(), least * 5 < whole * 4,
      let last = most.firstIndex(where: { $0 * 10 <= least * 12 })
    else { return nil }
    let late = Set(steps[(last + 1)...].flatMap(\.inputs)).union(wanted)
    return Slicing(
      steps: last + 1, outputs: late.intersection(steps[...last].map(\.output)),
      slices: (0..<count).map { batch * $0 / count..<batch * ($0 + 1) / count }, mostElements: most[last])
  }
}
