extension Network {
  /// The gradients of `seed` (with respect to the value of `from`, batch as in `activations`) at wanted nodes.
  ///
  /// A node that the value of `from` does not depend on has a gradient of zeros. Values that were not kept
  /// are computed again from those that were.
  package func gradient(
    from: NodeID, seed: Tensor, withRespectTo wanted: [NodeID], at activations: Activations,
    rectifier: RectifierRule = .standard
  ) throws -> [NodeID: Tensor] {
    let expected = shape(of: from, batch: activations.batch)
    guard seed.shape == expected else {
      throw GraphError.valueShape(node: graph[from].name, expected: expected, found: seed.shape)
    }
    device.takeOver()
    device.hold()
    defer { device.release() }
    return try device.pass(amongMany: activations.isAmongMany) {
      try reverse(from: from, seed: seed, withRespectTo: wanted, at: activations, rectifier: rectifier)
    }
  }

  private func reverse(
    from: NodeID, seed: Tensor, withRespectTo wanted: [NodeID], at activations: Activations,
    rectifier: RectifierRule
  ) throws -> [NodeID: Tensor] {
    let path = path(from: from, to: wanted)
    try evaluate(valuesForGradient(from: from, to: wanted), in: activations)
    try checkRoom(forGradientsFrom: from, along: path, keeping: wanted, batch: activations.batch)
    var pass = ReverseRun(
      self, along: path, keeping: Set(wanted), at: activations, rule: rectifier, from: from, seed: Value(seed)
    )
    for id in path.sorted().reversed() where !graph[id].inputs.isEmpty {
      guard graph[id].inputs.contains(where: path.contains) else { continue }
      if pass.gradients[id] != nil {
        try options.interrupt.check()
        try checkRoom(forReverseStepThrough: id, batch: activations.batch)
      }
      try pass.step(through: id)
    }
    var result: [NodeID: Tensor] = [:]
    for id in wanted where result[id] == nil {
      if let gradient = pass.take(id) {
        try device.checkRoom(forTensorOf: gradient)
        result[id] = device.tensor(gradient)
      } else {
        result[id] = .zeros(shape(of: id, batch: activations.batch))
      }
    }
    return result
  }

  /// Refuses a reverse pass whose gradients would not fit in memory.
  private func checkRoom(
    forGradientsFrom from: NodeID, along path: Set<NodeID>, keeping wanted: [NodeID], batch: Int
  ) throws {
    let stride = MemoryLayout<Float>.stride
    guard elementsPerEntry * batch * stride > MemoryRoom.unasked else { return }
    func count(_ id: NodeID) -> Int { shape(of: id, batch: batch).count }
    let kept = Set(wanted)
    var alive: Set<NodeID> = [from]
    var held = count(from), most = held
    for id in path.sorted().reversed() where alive.contains(id) {
      let parts = graph[id].inputs.filter(path.contains)
      // A second gradient of one value is added to the first when it is there.
      most = max(most, parts.reduce(held) { $0 + count($1) })
      for input in parts where alive.insert(input).inserted { held += count(input) }
      if !kept.contains(id), !parts.isEmpty { held -= count(id) }
    }
    // A gradient or a value may have to be laid out anew, and primitives work in memory of their own.
    let bytes = most * stride
    try MemoryRoom.check(
      bytes + bytes / 4, for: "the gradients of \(graph[graph.input].shape.withBatch(batch))",
      releasing: device.pool.trim)
  }

  /// The value of a node, computed again where it was not kept.
  func value(of id: NodeID, in activations: Activations) throws -> Value {
    var found = activations.values[id]
    if found == nil, case .edit(_, let base) = activations.origin {
      try evaluate([id], in: base)
      found = base.values[id]
    }
    if found == nil {
      try evaluate([id], in: activations)
      found = activations.values[id]
    }
    guard let found else { preconditionFailure("no value for \(graph[id].name)") }
    return try repeated(found, of: id, batch: activations.batch)
  }

  /// The nodes that lie between any of `wanted` and `from`, both included.
  func path(from: NodeID, to wanted: [NodeID]) -> Set<NodeID> {
    let before = graph.ancestors(of: from).union([from])
    var path: Set<NodeID> = []
    for id in wanted where before.contains(id) {
      path.insert(id)
      path.formUnion(graph.dependents(of: id).intersection(before))
    }
    return path
  }

  /// The values that the reverse pass reads.
  func valuesForGradient(from: NodeID, to wanted: [NodeID]) -> Set<NodeID> {
    let path = path(from: from, to: wanted)
    var values: Set<NodeID> = []
    for id in path where graph[id].inputs.contains(where: path.contains) {
      let operation = graph[id].operation
      if operation.readsInputs { values.formUnion(graph[id].inputs) }
      if operation.readsOutput { values.insert(id) }
    }
    return values
  }
}

extension Device {
  /// The sum of two values of one shape and layout, in a new one.
  func sum(_ left: Value, _ right: Value) -> Value {
    combine(BinaryFunction.add.rawValue, left, right, to: left.shape)
  }
}
