extension Network {
  /// How values move when that of `start` moves along `direction`: the derivatives of the nodes between it and `end`.
  ///
  /// Nodes that stay have none. For one picture.
  func slopes(
    from start: NodeID, along direction: Tensor, to end: NodeID, at activations: Activations
  ) throws -> [NodeID: Value] {
    let path = path(from: end, to: [start])
    try evaluate(valuesForCurvature(along: path, start: start), in: activations)
    var slopes: [NodeID: Value] = [start: Value(direction)]
    for id in path.sorted() where id != start {
      try options.interrupt.check()
      try checkRoom(forReverseStepThrough: id, batch: activations.batch)
      slopes[id] = try motion(of: id, slopes, activations).slope()
    }
    return slopes
  }

  /// How the gradient of `seed` at `start` moves when values move along `slopes` and the seed by `change`.
  func gradientSlope(
    from end: NodeID, seed: Tensor, change: Tensor, withRespectTo start: NodeID,
    slopes: [NodeID: Value], at activations: Activations
  ) throws -> Tensor {
    let path = path(from: end, to: [start])
    try evaluate(valuesForGradient(from: end, to: [start]), in: activations)
    var gradients: [NodeID: Value] = [end: Value(seed)]
    var changes: [NodeID: Value] = [end: Value(change)]
    for id in path.sorted().reversed() where id != start {
      guard let gradient = gradients[id], let change = changes[id] else { continue }
      try options.interrupt.check()
      try checkRoom(forReverseStepThrough: id, batch: activations.batch)
      (gradients[id], changes[id]) = (nil, nil)
      let node = graph[id]
      let wanted = node.inputs.map(path.contains)
      let motion = try motion(of: id, slopes, activations)
      let passed = try motion.gradients(of: gradient, wanted: wanted)
      let followed = try motion.gradients(of: change, wanted: wanted)
      let bent = try motion.bend(of: gradient, wanted: wanted)
      for (place, input) in node.inputs.enumerated() where wanted[place] {
        add(passed[place], to: &gradients[input])
        add(followed[place], to: &changes[input])
        add(bent[place], to: &changes[input])
      }
    }
    return changes[start].map(device.tensor) ?? .zeros(shape(of: start, batch: activations.batch))
  }

  private func motion(
    of id: NodeID, _ slopes: [NodeID: Value], _ activations: Activations
  ) throws -> OperationMotion {
    let node = graph[id]
    // An affine operation moves alike wherever it is.
    let inputs = try node.inputs.map { input in
      node.operation.traits.isAffine
        ? Value(.zeros(shape(of: input, batch: activations.batch))) : try value(of: input, in: activations)
    }
    return OperationMotion(
      node.operation, inputs: inputs, directions: node.inputs.map { slopes[$0] },
      shape: shape(of: id, batch: activations.batch), on: device)
  }

  /// The inputs of all operations on a path that are not affine.
  private func valuesForCurvature(along path: Set<NodeID>, start: NodeID) -> Set<NodeID> {
    var values: Set<NodeID> = []
    for id in path where id != start && !graph[id].operation.traits.isAffine {
      values.formUnion(graph[id].inputs)
    }
    return values
  }

  private func add(_ part: Value?, to sum: inout Value?) {
    guard let part else { return }
    sum = sum.map { device.sum($0, device.value(part, as: $0.layout)) } ?? part
  }
}
