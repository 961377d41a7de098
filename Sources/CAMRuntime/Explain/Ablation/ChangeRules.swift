/// How each kind of step passes changes on.
final class ChangeRules {
  private let network: Network
  private let changed: Set<NodeID>
  /// What multiplies changes and weights in 16 bits; nil where they keep 32.
  let rounding: Device?
  /// Whether so many units change that weights of linear layers are worth laying out for changes.
  var hasMany = false
  /// Unchanged values that the steps read, one entry each.
  private var base: [NodeID: Value] = [:]
  /// What the values of steps were cut from.
  private var before: [NodeID: ChangeCut] = [:]
  /// How the convolution of a step is computed, by what the changes of the first unit looked like: not those of the first
  /// batch, whose size depends on memory.
  private var ways: [NodeID: Way] = [:]

  /// How a convolution of changes is computed.
  private enum Way {
    /// Zeros are left out.
    case sparse
    /// Few are zero: by Winograd's form.
    case dense
    /// By the kernel of values, without bias.
    case kernel
    /// By the kernel of rounded values: tiles of 16 bits are so fast that leaving zeros out does not pay.
    case tiles
    /// As any other operation.
    case general
  }

  init(network: Network, changed: Set<NodeID>, rounding: Device?) {
    self.network = network
    self.changed = changed
    self.rounding = rounding
  }

  private var graph: Graph { network.graph }
  private var device: Device { network.device }

  /// Computes the unchanged values that the steps will read.
  func prepare(_ steps: [Plan.Step], in unchanged: Activations, over pass: Activations) throws {
    let wanted = steps.reduce(into: Set<NodeID>()) { $0.formUnion(reads($1)) }
    let behind = changed.union(unchanged.values.keys)
    try network.evaluate(wanted.intersection(behind), in: unchanged)
    try network.evaluate(wanted.subtracting(behind), in: pass)
    for id in wanted {
      guard let value = unchanged.values[id] ?? pass.values[id] else {
        throw missing(id)
      }
      // Where they are read they lie as the changes do: channels innermost.
      base[id] = value.shape.rank == 4 ? device.value(value, as: .channelsLast) : value
    }
    for step in steps {
      guard let fused = step.operation as? FusedConvolution, fused.isCut else {
        let isSame = step.operation.traits.contains(.identity)
        before[step.output] = isSame ? before[step.inputs[0]] : cut(by: step)
        continue
      }
      before[step.output] = base[graph[step.output].inputs[0]].map {
        ChangeCut(base: $0, low: fused.low, high: fused.high)
      }
    }
  }

  /// The nodes whose unchanged values a step reads.
  private func reads(_ step: Plan.Step) -> [NodeID] {
    if let fused = step.operation as? FusedConvolution {
      return fused.isCut ? [graph[step.output].inputs[0]] : []
    }
    if let map = step.operation as? any ElementwiseOperation, map.function.formula == .clip {
      return graph[step.output].inputs
    }
    // A plan may have handed a step the inputs of a node in front.
    return isJointlyAffine(step.operation) ? [] : step.inputs + [step.output]
  }

  /// For those of some nodes that a single step reads and cuts: that step's output, and what it cuts to.
  func cuts(
    of nodes: Set<NodeID>, in steps: [Plan.Step]
  ) -> [NodeID: (output: NodeID, cut: ChangeCut)] {
    nodes.reduce(into: [:]) { cuts, id in
      let readers = steps.filter { $0.inputs.contains(id) }
      guard readers.count == 1, let cut = cut(by: readers[0]) else { return }
      cuts[id] = (readers[0].output, cut)
    }
  }

  /// The range that a step cuts its input to, with the input's unchanged value; nil for other steps.
  func cut(by step: Plan.Step) -> ChangeCut? {
    guard let map = step.operation as? any ElementwiseOperation, map.function.formula == .clip,
      let before = base[step.inputs[0]]
    else { return nil }
    return ChangeCut(base: before, low: map.function.alpha, high: map.function.beta)
  }

  /// The change of a step's value; what is `spent` is not read afterwards.
  func change(
    of step: Plan.Step, _ changes: [NodeID: Value], spent: Set<NodeID>, batch: Int
  ) throws -> Value {
    do {
      switch step.operation {
      case let fused as FusedConvolution: return try convolved(step, fused, changes, spent)
      case is any ElementwiseOperation:
        guard let change = changes[step.inputs[0]], let cut = cut(by: step) else { break }
        return device.cutChanges(change, of: cut.base, low: cut.low, high: cut.high)
      case is Add where step.inputs.filter({ changes[$0] != nil }).count == 1:
        if let own = step.inputs.compactMap({ changes[$0] }).first,
          own.shape == graph[step.output].shape.withBatch(batch)
        {
          return own
        }
      case let linear as Linear:
        if let change = changes[step.inputs[0]], change.shape.rank == 2 {
          return try product(linear, change, before: before[step.inputs[0]])
        }
      default: break
      }
      return isJointlyAffine(step.operation)
        ? try affine(step, changes, batch: batch) : try general(step, changes, batch: batch)
    } catch let error as GraphError {
      throw GraphError.node(graph[step.output].name, error)
    }
  }

  // MARK: - Convolutions and linear layers

  private func convolved(
    _ step: Plan.Step, _ fused: FusedConvolution, _ changes: [NodeID: Value], _ spent: Set<NodeID>
  ) throws
    -> Value
  {
    let own = before[step.output]
    let residual = step.inputs.count > 1 ? changes[step.inputs[1]] : nil
    func cut(_ change: Value) -> Value {
      guard let own else { return change }
      return device.cutChanges(change, of: own.base, low: own.low, high: own.high)
    }
    guard let input = changes[step.inputs[0]] else {
      guard let residual else {
        throw missing(step.output)
      }
      return cut(residual)
    }
    let source = device.value(input, as: .channelsLast)
    let way = try way(of: step, fused, source)
    switch way {
    case .sparse, .dense:
      var isDense = false
      if case .dense = way { isDense = true }
      let added = residual.map { device.value($0, as: .channelsLast) }
      let memory =
        isOwn(1, of: step, changes, spent)
        ? added : isDense && isOwn(0, of: step, changes, spent) ? source : nil
      return try device.changes(
        of: fused.convolution, then: fused.norm, on: source, residual: added, in: memory, base: own?.base,
        low: fused.low, high: fused.high, halves: roundsProducts(of: fused.convolution), isDense: isDense,
        before: before[step.inputs[0]])
    case .kernel:
      // A last batch may be smaller than the first one.
      guard let kernel = try device.kernel(fused.convolution, then: fused.norm, on: source.shape) else {
        break
      }
      let added = residual.map { device.value($0, as: .channelsLast) }
      return cut(
        kernel.run(
          source, residual: added, low: -.infinity, high: .infinity, addsBias: false, on: device))
    case .tiles:
      guard let rounding,
        let kernel = try rounding.kernel(fused.convolution, then: fused.norm, on: source.shape)
      else { break }
      let added = residual.map { device.value($0, as: .channelsLast) }
      return cut(
        kernel.run(
          source, residual: added, low: -.infinity, high: .infinity, addsBias: false, on: rounding))
    case .general: break
    }
    let layer = fused.convolution
    let plain = Convolution(
      weight: layer.weight, stride: layer.stride, padding: layer.padding, dilation: layer.dilation,
      groups: layer.groups)
    var change = try plain.forwardByDNNL(source, on: device)
    if let norm = fused.norm { change = try norm.withoutShift.forward([change], on: device) }
    if let residual { change = device.sum(change, device.value(residual, as: change.layout)) }
    return cut(change)
  }

  /// Whether nothing but a step reads one of its inputs, and only as that, so that the result may take its memory.
  private func isOwn(
    _ place: Int, of step: Plan.Step, _ changes: [NodeID: Value], _ spent: Set<NodeID>
  ) -> Bool {
    guard step.inputs.count > place, let value = changes[step.inputs[place]],
      spent.contains(step.inputs[place]),
      Set(step.inputs).count == step.inputs.count,
      value.count == value.batch * graph[step.output].shape.count
    else { return false }
    return changes.values.count { $0.storage === value.storage } == 1
  }

  /// Whether a convolution's products are rounded.
  private func roundsProducts(of convolution: Convolution) -> Bool {
    rounding != nil && device.takesChanges(convolution, halves: true)
  }

  private func way(of step: Plan.Step, _ fused: FusedConvolution, _ source: Value) throws -> Way {
    if let known = ways[step.output] { return known }
    let convolution = fused.convolution
    let found: Way
    if let rounding, try rounding.multipliesInTiles(convolution, then: fused.norm, on: source.shape) {
      found = .tiles
    } else if device.takesChanges(convolution, halves: false) {
      // Winograd's form needs a third of the multiplications or so, half of those of strides, but all of them.
      let share = convolution.stride == 1 ? Self.denseShare : Self.denseStridedShare
      let isDense =
        try !roundsProducts(of: convolution) && device.takesChangesByWinograd(convolution, on: source.shape)
        && self.share(ofOthersThanZeroIn: source) > share
      found = isDense ? .dense : .sparse
    } else {
      let kernel = try device.kernel(convolution, then: fused.norm, on: source.shape)
      found = kernel == nil ? .general : .kernel
    }
    ways[step.output] = found
    return found
  }

  /// The shares of changes from which Winograd's form is the faster one.
  private static let denseShare = 0.35, denseStridedShare = 0.75

  /// The share of values that are not zero, of a sample of the first entry.
  private func share(ofOthersThanZeroIn value: Value) -> Double {
    let count = value.shape.countPerEntry, step = max(1, count / 8_191 | 1)
    var others = 0, all = 0
    for index in stride(from: 0, to: count, by: step) {
      others += value.pointer[index] == 0 ? 0 : 1
      all += 1
    }
    return Double(others) / Double(max(all, 1))
  }

  private func product(_ linear: Linear, _ change: Value, before: ChangeCut?) throws -> Value {
    let convolution = linear.asConvolution
    guard hasMany, device.takesChanges(convolution, halves: false) else {
      return try Linear(weight: linear.weight).forward([change], on: device)
    }
    let rows = change.viewed(as: [change.batch, change.shape[1], 1, 1], .channelsLast)
    if let rounding, try rounding.multipliesInTiles(convolution, then: nil, on: rows.shape),
      let kernel = try rounding.kernel(convolution, then: nil, on: rows.shape)
    {
      return kernel.run(
        rows, residual: nil, low: -.infinity, high: .infinity, addsBias: false, on: rounding
      ).viewed(as: [change.batch, linear.weight.shape[0]])
    }
    let found = try device.changes(
      of: convolution, then: nil, on: rows, residual: nil, base: nil, low: -.infinity, high: .infinity,
      halves: roundsProducts(of: convolution), before: before)
    return found.viewed(as: [change.batch, linear.weight.shape[0]])
  }

  // MARK: - Other operations

  /// Whether an operation is affine in all its inputs together.
  private func isJointlyAffine(_ operation: any Operation) -> Bool { operation.traits.isAffine }

  /// An affine operation of the changes, and of nothing for inputs that do not change, minus what it makes of nothing.
  private func affine(_ step: Plan.Step, _ changes: [NodeID: Value], batch: Int) throws -> Value {
    let operation = step.operation.linearPart
    let inputs = step.inputs.map { id in
      changes[id] ?? device.zeros(shape(of: id, in: step, batch: batch), .rowMajor)
    }
    let value = try operation.forward(device.arranged(inputs, operation.operandOrder), on: device)
    let nothing = step.inputs.map { device.zeros(graph[$0].shape, .rowMajor) }
    let constant = try operation.forward(device.arranged(nothing, operation.operandOrder), on: device)
    let isLinear = UnsafeBufferPointer(start: constant.pointer, count: constant.count).allSatisfy { $0 == 0 }
    withExtendedLifetime(constant) {}
    return isLinear ? value : difference(value, constant)
  }

  /// Any operation of the changed values, minus its unchanged value.
  private func general(_ step: Plan.Step, _ changes: [NodeID: Value], batch: Int) throws -> Value {
    let isBinary = step.operation is any BinaryOperation
    let inputs = try step.inputs.map { id -> Value in
      guard let before = base[id] else { throw missing(id) }
      if let change = changes[id] {
        let own = device.value(before, as: change.layout)
        return device.combine(BinaryFunction.add.rawValue, change, own, to: change.shape)
      }
      return isBinary ? before : device.expand(before, to: shape(of: id, in: step, batch: batch))
    }
    let value = try step.operation.forward(
      device.arranged(inputs, step.operation.operandOrder), on: device)
    guard let before = base[step.output] else {
      throw missing(step.output)
    }
    return difference(value, before)
  }

  private func difference(_ value: Value, _ before: Value) -> Value {
    device.combine(
      BinaryFunction.subtract.rawValue, value, device.value(before, as: value.layout), to: value.shape)
  }

  private func missing(_ id: NodeID) -> GraphError {
    .notDownstream(node: graph[id].name, of: graph[graph.input].name)
  }

  /// The shape in which a step reads the unchanged value of a node beside a batch of changes.
  private func shape(of id: NodeID, in step: Plan.Step, batch: Int) -> Shape {
    let own = graph[id].shape
    let isRepeated = network.varies(id) || graph.repeatsConstant(id, for: step.operation)
    return isRepeated ? own.withBatch(batch) : own
  }
}

extension FusedConvolution {
  /// Whether its value is cut to a range.
  var isCut: Bool { low > -.infinity || high < .infinity }
}

extension BatchNorm {
  /// The normalisation's factors alone.
  var withoutShift: BatchNorm {
    BatchNorm(
      scale: scale, shift: .zeros(shift.shape), mean: .zeros(mean.shape), variance: variance, epsilon: epsilon
    )
  }
}

extension Operation {
  /// An affine operation without the summands that it is known to have.
  fileprivate var linearPart: any Operation {
    switch self {
    case let norm as BatchNorm: norm.withoutShift
    case let linear as Linear: Linear(weight: linear.weight)
    case let pad as Pad:
      if case .constant = pad.mode { Pad(before: pad.before, after: pad.after) } else { pad }
    default: self
    }
  }
}
