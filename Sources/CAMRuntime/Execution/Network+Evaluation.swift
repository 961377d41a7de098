extension Network {
  /// Computes wanted values that `activations` does not hold yet, and keeps them there.
  func evaluate(_ wanted: Set<NodeID>, in activations: Activations, classes: [Int]? = nil) throws {
    let missing = wanted.filter { !activations.contains($0) }
    guard !missing.isEmpty else { return }
    device.takeOver()
    device.hold()
    defer { device.release() }
    try device.pass(amongMany: activations.isAmongMany) {
      try compute(missing, in: activations, classes: classes)
    }
  }

  private func compute(_ missing: Set<NodeID>, in activations: Activations, classes: [Int]?) throws {
    var known = Set(activations.values.keys)
    var side: (ids: Set<NodeID>, base: Activations)?
    if case .edit(let targets, let base) = activations.origin {
      // What the edit cannot change is the base's, computed there if it has to be.
      let changed = targets.reduce(into: targets) { $0.formUnion(graph.dependents(of: $1)) }
      let sources = Set(graph.nodes.map(\.id)).subtracting(changed)
      known.formUnion(sources)
      side = (sources, base)
    }
    let plan = try plan(from: known, to: missing, classes: classes)
    try checkRoom(batch: activations.batch) { plan }
    var values: [NodeID: Value] = [:]
    for source in plan.sources {
      if let value = activations.values[source] {
        values[source] = value
      } else if let side, side.ids.contains(source) {
        try evaluate([source], in: side.base)
        values[source] = side.base.values[source]
      }
    }
    values = try run(plan, values, batch: activations.batch)
    for id in missing {
      guard let value = values[id] else { continue }
      let picked = try id == graph.logits && needsPicking ? pick(classes, of: value) : value
      activations.keep(picked, of: id)
    }
  }

  /// The plan between known and wanted values, made once.
  func plan(from known: Set<NodeID>, to wanted: Set<NodeID>, classes: [Int]? = nil) throws -> Plan {
    let key = PlanKey(known: known, wanted: wanted, classes: classes)
    if let made = plans[key] { return made }
    let made = Plan(
      graph, from: known, to: wanted, replacing: try rows(classes), narrowing: device.precision == .bfloat16)
    plans[key] = made
    return made
  }

  /// Refuses a pass whose values would not fit in memory.
  func checkRoom(batch: Int, for plan: () throws -> Plan) throws {
    let stride = MemoryLayout<Float>.stride
    // Most passes are small whatever they keep.
    guard elementsPerEntry * batch * stride > MemoryRoom.unasked else { return }
    let plan = try plan()
    let most =
      slicing(of: plan, batch: batch)?.mostElements
      ?? plan.mostElements(of: graph, batch: batch)
    let bytes = most * stride
    // What primitives work in comes on top.
    try MemoryRoom.check(
      bytes + bytes / 8, for: "a pass of \(graph[graph.input].shape.withBatch(batch))",
      releasing: device.pool.trim)
  }

  /// Runs a plan; the first steps of a batch whose values are large go slice by slice.
  private func run(_ plan: Plan, _ sources: [NodeID: Value], batch: Int) throws -> [NodeID: Value] {
    var values = sources, rest = plan.steps[...]
    if let levels = slicing(of: plan, batch: batch)?.levels, let last = levels.last {
      values.merge(try run(levels[...], of: plan, sources, batch: batch, 0..<batch)) { $1 }
      rest = plan.steps[last.steps...]
    }
    try run(rest, on: &values, batch: batch)
    return values
  }

  /// Runs some steps; what nobody reads afterwards is let go.
  func run(_ steps: ArraySlice<Plan.Step>, on values: inout [NodeID: Value], batch: Int) throws {
    for step in steps {
      try options.interrupt.check()
      values[step.output] = try run(step, values, batch: batch)
      for id in step.releases { values[id] = nil }
    }
  }

  private func run(_ step: Plan.Step, _ values: [NodeID: Value], batch: Int) throws -> Value {
    let inputs = step.inputs.map { id -> Value in
      guard let value = values[id] else { preconditionFailure("a plan without the value of \(id.index)") }
      return value
    }
    do {
      try checkRoom(for: step, inputs, batch: batch)
      guard let roomObserver else { return try run(step, on: inputs, batch: batch) }
      let (value, taken) = try device.pool.mostTaken { try run(step, on: inputs, batch: batch) }
      roomObserver(step.operation.kind, try bytesTaken(by: step, inputs, batch: batch), taken)
      return value
    } catch let error as GraphError {
      throw GraphError.node(graph[step.output].name, error)
    }
  }

  private func run(_ step: Plan.Step, on values: [Value], batch: Int) throws -> Value {
    var inputs = values
    if inputs.count > 1 {
      for (place, id) in step.inputs.enumerated() where repeats(id, for: step) {
        let value = inputs[place]
        inputs[place] =
          varies(id)
          ? try repeated(value, of: id, batch: batch)
          : device.expand(value, to: value.shape.withBatch(batch))
      }
    }
    let operands = device.arranged(inputs, step.operation.operandOrder)
    guard let trace else { return try step.operation.forward(operands, on: device) }
    return try trace.measure(graph[step.output], step.operation) {
      try step.operation.forward(operands, on: device)
    }
  }

  /// Whether a node depends on the input.
  func varies(_ id: NodeID) -> Bool { graph.varying.contains(id) }

  private var needsPicking: Bool { !(graph[graph.logits].operation is Linear) }

  private func rows(_ classes: [Int]?) throws -> [NodeID: any Operation] {
    guard let classes else { return [:] }
    let count = graph[graph.logits].shape.dimensions.last ?? 0
    guard classes.allSatisfy({ (0..<count).contains($0) }) else {
      throw GraphError.shape(
        kind: "logits", inputs: [graph[graph.logits].shape], reason: "there is no such class in \(classes)")
    }
    guard let linear = graph[graph.logits].operation as? Linear else { return [:] }
    return [graph.logits: linear.rows(classes)]
  }

  private func pick(_ classes: [Int]?, of value: Value) throws -> Value {
    guard let classes else { return value }
    let rows = device.value(value, as: .rowMajor)
    let width = graph[graph.logits].shape.countPerEntry
    let result = device.allocate([value.batch, classes.count])
    for row in 0..<value.batch {
      for (place, index) in classes.enumerated() {
        result.pointer[row * classes.count + place] = rows.pointer[row * width + index]
      }
    }
    return result
  }
}

extension Device {
  /// Operands as an operation wants them to lie.
  func arranged(_ values: [Value], _ order: OperandOrder) -> [Value] {
    guard let layout = layout(of: values, order) else { return values }
    return values.map { value($0, as: layout) }
  }

  /// The layout in which an operation reads values; nil where it reads them as they lie.
  func layout(of values: [Value], _ order: OperandOrder) -> Layout? {
    switch order {
    case .rowMajor: return .rowMajor
    case .channelsLast: return .channelsLast
    case .uniform:
      guard values.count > 1 else { return nil }
      let pictures = values.allSatisfy { $0.shape.rank == 4 }
      return pictures && values.contains { $0.layout == .channelsLast && !$0.layoutsCoincide }
        ? .channelsLast : .rowMajor
    }
  }
}
