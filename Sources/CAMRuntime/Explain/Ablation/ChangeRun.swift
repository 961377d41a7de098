/// Carries changes of values, not values, through what lies behind a cut of a graph.
///
/// What a linear layer makes of a change needs no bias and, as rectifiers that stay shut change nothing, less than all of
/// its weights; a rectifier's change is taken from its unchanged input. So a change keeps its own digits, and may be
/// rounded to 16 bits where products are taken, which scores themselves may not.
struct ChangeRun {
  let network: Network
  /// The unchanged values behind the layer.
  let base: Activations
  /// The nodes whose changes are given.
  let cut: [any ChangeSource]
  /// The node whose changes are wanted.
  let wanted: NodeID
  private let rules: ChangeRules
  private let plan: Plan
  /// For nodes that a single step reads and cuts: that step's output and what it cuts to.
  private let cuts: [NodeID: (output: NodeID, cut: ChangeCut)]
  /// What each step is the last to read, given or made.
  private let spent: [NodeID: Set<NodeID>]

  /// A run; `maps` is the unchanged value of the layer, `base` a pass of the network, `rounding` what multiplies
  /// changes in 16 bits, if anything.
  init(
    network: Network, layer: NodeID, maps: Tensor, base: Activations, cut: [any ChangeSource],
    wanted: NodeID, rounding: Device?
  ) throws {
    self.network = network
    self.cut = cut
    self.wanted = wanted
    let graph = network.graph
    let sources = Set(cut.map(\.node))
    let changed = sources.reduce(into: sources) { $0.formUnion(graph.dependents(of: $1)) }
    let known = Set(graph.nodes.map(\.id)).subtracting(changed).union(sources)
    // Rules are known for single convolutions.
    plan = Plan(graph, from: known, to: [wanted], joining: false)
    // What the pass kept behind the layer is unchanged too, unless it was rounded on the way.
    let isExact = base.device.precision == .float32
    let kept = base.values.filter { isExact && changed.contains($0.key) }
    let unchanged = Activations(
      batch: 1, input: base.input, device: network.device, origin: .edit([layer], base: base),
      values: kept.merging([layer: Value(maps)]) { $1 })
    self.base = unchanged
    rules = ChangeRules(network: network, changed: changed, rounding: rounding)
    try rules.prepare(plan.steps, in: unchanged, over: base)
    cuts = rules.cuts(of: sources.subtracting([wanted]), in: plan.steps)
    var last: [NodeID: NodeID] = [:]
    for step in plan.steps {
      for id in step.inputs where id != wanted { last[id] = step.output }
    }
    spent = last.reduce(into: [:]) { $0[$1.value, default: []].insert($1.key) }
  }

  /// What taking each of the active units away changes, `[units, elements of the wanted value]`: the unchanged value
  /// minus the changed one, zero rows for units that are not active.
  func changes(units: Int, active: [Int]) throws -> Tensor {
    let width = network.graph[wanted].shape.count
    let size = batchSize(entries: active.count)
    let active = Self.beginningInside(active)
    rules.hasMany = active.count > 8
    // A long run takes memory of its own kind; what passes hold in reserve would lie beside it.
    let isLong = active.count > 2 * size
    if isLong { network.device.giveBackReserve() }
    defer { if isLong { network.device.giveBackReserve() } }
    try MemoryRoom.check(
      4 * units * width + size * (entryBytes + entryBytes / 4), for: "the changes of \(units) units",
      releasing: network.device.pool.trim)
    let storage = TensorStorage(count: units * width, from: network.device.pool)
    let target = UnsafeMutableBufferPointer(start: storage.base, count: units * width)
    if active.count < units { target.update(repeating: 0) }
    for start in stride(from: 0, to: active.count, by: size) {
      let here = Array(active[start..<min(start + size, active.count)])
      let found = network.device.value(try run(here), as: .rowMajor)
      let values = UnsafeBufferPointer(start: found.pointer, count: found.count)
      inParallel(here.count, grain: 1 + 16_384 / width) { range in
        for place in range {
          let from = place * width, to = here[place] * width
          for index in 0..<width { target[to + index] = -values[from + index] }
        }
      }
      withExtendedLifetime(found) {}
      try network.meter.step(start + here.count, of: active.count)
    }
    return Tensor(shape: [units, width], storage: storage)
  }

  /// The units with one near the middle in front, by which it is decided how changes are computed: a position at a border
  /// reaches less than most.
  private static func beginningInside(_ units: [Int]) -> [Int] {
    guard let last = units.indices.last else { return units }
    var units = units
    units.swapAt(0, last * 27 / 50)
    return units
  }

  /// What taking away each of some units changes at the wanted node; each change is made when it is first read.
  private func run(_ units: [Int]) throws -> Value {
    try (rules.rounding ?? network.device).pass(amongMany: true) {
      try network.device.pass(amongMany: true) { try follow(units) }
    }
  }

  private func follow(_ units: [Int]) throws -> Value {
    let sources = Dictionary(cut.map { ($0.node, $0) }) { $1 }
    let cutters = Dictionary(cuts.map { ($1.output, ($0, $1.cut)) }) { $1 }
    let mayWrite = !cut.contains { $0.isLent }
    var changes: [NodeID: Value] = [:]
    for step in plan.steps {
      try network.options.interrupt.check()
      if let (id, cut) = cutters[step.output], let source = sources[id] {
        changes[step.output] = try source.changes(without: units, cut: cut, on: network.device)
      } else {
        for id in step.inputs where changes[id] == nil {
          changes[id] = try sources[id]?.changes(without: units, on: network.device)
          try network.options.interrupt.check()
        }
        let spent = mayWrite ? self.spent[step.output] ?? [] : []
        changes[step.output] = try rules.change(of: step, changes, spent: spent, batch: units.count)
      }
      for id in self.spent[step.output] ?? [] { changes[id] = nil }
    }
    if let found = try changes[wanted] ?? sources[wanted]?.changes(without: units, on: network.device) {
      return found
    }
    throw GraphError.notDownstream(
      node: network.graph[wanted].name, of: cut.map { network.graph[$0.node].name }.joined(separator: ", "))
  }

  /// As many entries as fit in the limit and in what is free, so few that no single operation takes long: between operations it is seen
  /// whether to stop.
  private func batchSize(entries: Int) -> Int {
    let limit = network.options.memoryLimit
    // In proportion to what the network takes anyway.
    let usual = max(8 << 20, min(64 << 20, parameterBytes / 4))
    let allowed = min(limit > 0 ? limit : .max, usual)
    let work = network.graph.largestWork(behind: Set(cut.map(\.node)))
    let wanted = max(1, min(1_024, entries, allowed / max(entryBytes, 1), 9_000_000_000 / max(work, 1)))
    let most = MemoryRoom.entries(wanted, bytes: entryBytes, reserve: network.device.pool)
    // Rows are multiplied fourteen at a time.
    return max(1, min(entries, most > 14 ? most / 14 * 14 : most))
  }

  private var parameterBytes: Int {
    network.graph.nodes.reduce(0) { sum, node in
      node.operation.parameters.reduce(sum) { $0 + 4 * $1.tensor.count }
    }
  }

  /// The most bytes of changes that are held for one entry at a time.
  private var entryBytes: Int {
    let graph = network.graph, sources = Set(cut.map(\.node))
    let cutOutputs = Set(cuts.values.map(\.output))
    var alive: Set<NodeID> = []
    var held = 0, most = 0
    for step in plan.steps {
      let made =
        (cutOutputs.contains(step.output) ? [] : step.inputs.filter(sources.contains)) + [step.output]
      for id in made where alive.insert(id).inserted { held += graph[id].shape.count }
      // Sums begin with a residual where it lies.
      let isAdded = step.operation is FusedConvolution && step.inputs.count > 1
      let shared = isAdded && spent[step.output]?.contains(step.inputs[1]) == true
      most = max(most, held - (shared ? graph[step.output].shape.count : 0))
      for id in spent[step.output] ?? [] where alive.remove(id) != nil { held -= graph[id].shape.count }
    }
    return 4 * max(most, graph[wanted].shape.count)
  }
}
