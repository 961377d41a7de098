extension Plan {
  /// How a batch goes through a plan: the first steps a few entries at a time, the next ones more, the last ones all at once.
  ///
  /// Early values are the largest: a step reads what the step before wrote from the caches only where that is for few entries.
  /// Late layers have few pixels, whose loops need many entries to be fast.
  struct Slicing: Equatable {
    /// Steps that see slices of one size; those before them see smaller ones, inside each slice.
    struct Level: Equatable {
      /// How many steps of the plan see slices of this size or of smaller ones.
      let steps: Int
      /// What those steps' outputs are that later ones read, or that are wanted.
      let outputs: Set<NodeID>
      /// The most entries of a slice.
      let entries: Int
    }

    /// From the smallest slices to the largest; the steps behind the last see the whole batch.
    let levels: [Level]
    /// The most elements that values hold at a time.
    let mostElements: Int
  }

  /// Elements of values that a step finds in the caches when it reads what steps before it wrote, about.
  private static let cachedElements = 1 << 20
  /// How many values there should be for each weight, which every slice reads again.
  private static let valuesPerWeight = 4

  /// The slicing in which the values of a step fit the caches; nil where they do so for the whole batch, or where too
  /// much of them would have to be joined.
  func slicing(
    of graph: Graph, batch: Int, folding: Set<NodeID>
  ) -> Slicing? {
    guard batch > 1, folding.isEmpty else { return nil }
    let own = Set(steps.map(\.output))
    guard own.isSubset(of: graph.varying) else { return nil }
    let sizes = StepSizes(self, graph, own: own)
    var entries = zip(sizes.touched, sizes.heaviest).map { touched, heaviest in
      let most = max(Self.cachedElements, Self.valuesPerWeight * heaviest) / max(touched, 1)
      guard most < batch else { return batch }
      // A power of two, so that slices lie whole in larger ones.
      return most > 1 ? 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount) : 1
    }
    // Slices only grow: a step sees no more entries than one behind it.
    for place in entries.indices.dropLast().reversed() {
      entries[place] = min(entries[place], entries[place + 1])
    }
    var levels: [Slicing.Level] = [], begin = 0, place = 0
    while place < steps.count, entries[place] < batch {
      let end = sizes.end(of: place, entries)
      // What is joined must be little beside what the steps yielded; otherwise these see larger slices, with the next ones.
      if sizes.joined(at: end) * 3 <= sizes.yielded[begin..<end].reduce(0, +) {
        let late = Set(steps[end...].flatMap(\.inputs)).union(wanted)
        levels.append(
          Slicing.Level(
            steps: end, outputs: late.intersection(steps[..<end].map(\.output)), entries: entries[place]))
        begin = end
      }
      place = end
    }
    guard !levels.isEmpty else { return nil }
    return Slicing(levels: levels, mostElements: sizes.most(levels, batch: batch))
  }
}

/// Elements of one entry at each step of a plan.
private struct StepSizes {
  /// What a step yields.
  private(set) var yielded: [Int] = []
  /// What it reads and yields.
  private(set) var touched: [Int] = []
  /// The most weights of a node up to it.
  private(set) var heaviest: [Int] = []
  /// What is held during it, and after it.
  private var during: [Int] = [], after: [Int] = []

  init(_ plan: Plan, _ graph: Graph, own: Set<NodeID>) {
    var held = 0, most = 0, nodes = graph.nodes[...]
    for step in plan.steps {
      while let node = nodes.first, node.id <= step.output {
        most = max(most, node.operation.parameters.reduce(0) { $0 + $1.tensor.count })
        nodes.removeFirst()
      }
      heaviest.append(most)
      let result = graph[step.output].shape.count
      let read = Set(step.inputs).intersection(graph.varying).reduce(0) { $0 + graph[$1].shape.count }
      yielded.append(result)
      touched.append(result + read)
      held += result
      during.append(held)
      for id in step.releases where own.contains(id) { held -= graph[id].shape.count }
      after.append(held)
    }
  }

  /// Where the steps from `begin` on that see slices of one size end: with the block, where what is held shrinks no more.
  func end(of begin: Int, _ entries: [Int]) -> Int {
    var end = begin
    while end < entries.count, entries[end] == entries[begin] || after[end] < after[end - 1] { end += 1 }
    return end
  }

  /// What is held before a step, and joined where slices end there.
  func joined(at end: Int) -> Int { after[end - 1] }

  /// The most elements that a batch's values hold at a time.
  func most(_ levels: [Plan.Slicing.Level], batch: Int) -> Int {
    var most = 0, begin = 0
    for (place, level) in levels.enumerated() {
      var joined = 0
      for (outer, other) in levels.enumerated().dropFirst(place) {
        joined += after[other.steps - 1] * (outer + 1 < levels.count ? levels[outer + 1].entries : batch)
      }
      most = max(most, joined + (during[begin..<level.steps].max() ?? 0) * level.entries)
      begin = level.steps
    }
    return max(most, (during[begin...].max() ?? 0) * batch)
  }
}
