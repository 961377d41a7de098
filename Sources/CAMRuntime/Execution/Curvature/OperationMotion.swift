/// One operation whose inputs move: how its value follows, and how the reverse pass through it changes.
///
/// Derivatives along a direction at the very point: no kink of a rectifier or a pool is stepped over. Only operations
/// that are smooth and of another kind (softmax, powers of two values) are differenced, each by itself.
struct OperationMotion {
  let operation: any Operation
  /// The inputs, row-major.
  let inputs: [Value]
  /// Where each of them moves; nil for those that stay.
  let directions: [Value?]
  let shape: Shape
  let device: Device

  init(
    _ operation: any Operation, inputs: [Value], directions: [Value?], shape: Shape, on device: Device
  ) {
    self.operation = operation
    self.inputs = inputs.map { device.value($0, as: .rowMajor) }
    self.directions = directions.map { $0.map { device.value($0, as: .rowMajor) } }
    self.shape = shape
    self.device = device
  }

  private var traits: OperationTraits { operation.traits }
  /// Whether zeros stay zeros; that is not asked of what is cheap.
  private var isLinear: Bool {
    (operation as? Convolution).map { $0.bias == nil } ?? (operation as? Linear).map { $0.bias == nil }
      ?? traits.onlyMovesElements
  }
  private var isProduct: Bool { operation is Multiply || operation is MatMul }

  /// The direction in which the value moves; nil where it stays.
  func slope() throws -> Value? {
    guard directions.contains(where: { $0 != nil }) else { return nil }
    if traits.isAffine {
      if isLinear { return try forward(movedOrZero()) }
      let still = inputs.map { zeros($0.shape) }
      return combine(try forward(movedOrZero()), try forward(still)) { $0 - $1 }
    }
    if operation is Compare || operation is MaxPoolIndices { return nil }
    if operation is Where { return try forward([inputs[0]] + movedOrZero().dropFirst()) }
    if traits.isElementwise, inputs.count == 1 {
      guard let direction = directions[0] else { return nil }
      return try backward(inputs, direction)[0]
    }
    if traits.isPiecewiseLinear, let slope = try slopeOfChoice() { return slope }
    if isProduct {
      let parts = try inputs.indices.compactMap { place in
        try directions[place].map { direction in
          var changed = inputs
          changed[place] = direction
          return try forward(changed)
        }
      }
      return parts.dropFirst().reduce(parts.first) { sum, part in sum.map { combine($0, part) { $0 + $1 } } }
    }
    if operation is Divide { return quotientSlope() }
    if let rows = NormalizedRows(of: operation, on: inputs[0].shape), let direction = directions[0] {
      return rows.slope(of: inputs[0], along: direction)
    }
    return try difference { try forward($0) }
  }

  /// How a / b moves: (a' - b' a / b) / b.
  private func quotientSlope() -> Value? {
    let (a, b) = (inputs[0], inputs[1])
    let first = directions[0].map { joined(.divide, $0, b) }
    let second = directions[1].map { joined(.multiply, joined(.divide, a, b), joined(.divide, $0, b)) }
    guard let second else { return first }
    return first.map { joined(.subtract, $0, second) } ?? negated(second)
  }

  /// What the motion of a and b changes in g / b and -g a / b^2.
  private func quotientBend(of gradient: Value, wanted: [Bool]) -> [Value?] {
    let (a, b) = (inputs[0], inputs[1])
    let share = joined(.divide, gradient, b)
    let shrinks = directions[1].map { joined(.divide, $0, b) }
    var bends: [Value?] = [nil, nil]
    if wanted[0], let shrinks { bends[0] = negated(joined(.multiply, share, shrinks)) }
    if wanted[1] {
      let moved = directions[0].map { joined(.divide, $0, b) }
      let twice = shrinks.map { shrinks in
        device.map(joined(.multiply, joined(.divide, a, b), shrinks), ElementwiseFunction(.scale, -2))
      }
      let change = moved.map { moved in twice.map { joined(.add, moved, $0) } ?? moved } ?? twice
      bends[1] = change.map { negated(joined(.multiply, share, $0)) }
    }
    return zip(bends, inputs).map { bend, input in
      bend.map { device.reduce($0, toBroadcast: input.shape) }
    }
  }

  /// Two row-major values, broadcast to the value's shape.
  private func joined(_ function: BinaryFunction, _ left: Value, _ right: Value) -> Value {
    device.combine(function.rawValue, left, right, to: shape)
  }

  private func negated(_ value: Value) -> Value { device.map(value, ElementwiseFunction(.scale, -1)) }

  /// What the motion adds to the gradients that `gradient` gives the inputs, by a change of the derivatives alone.
  func bend(of gradient: Value, wanted: [Bool]) throws -> [Value?] {
    let none = [Value?](repeating: nil, count: inputs.count)
    guard !traits.isPiecewiseLinear, directions.contains(where: { $0 != nil }) else { return none }
    let gradient = device.value(gradient, as: .rowMajor)
    if isProduct { return try backward(movedOrZero(), gradient, wanted) }
    if let elementwise = operation as? any ElementwiseOperation, let direction = directions[0] {
      return [elementwise.function.bend(of: gradient, at: inputs[0], along: direction, on: device)]
    }
    if operation is Divide { return quotientBend(of: gradient, wanted: wanted) }
    if let rows = NormalizedRows(of: operation, on: inputs[0].shape), let direction = directions[0] {
      return [rows.bend(of: gradient, at: inputs[0], along: direction)]
    }
    return try inputs.indices.map { place in
      guard wanted[place] else { return nil }
      let only = inputs.indices.map { $0 == place }
      return try difference { try backward($0, gradient, only)[place] ?? zeros(inputs[place].shape) }
    }
  }

  /// The gradients that `gradient` gives the wanted inputs.
  func gradients(of gradient: Value, wanted: [Bool]) throws -> [Value?] {
    try backward(inputs, device.value(gradient, as: .rowMajor), wanted)
  }

  private func forward(_ values: [Value]) throws -> Value {
    let value = try operation.forward(device.arranged(values, operation.operandOrder), on: device)
    return device.value(value, as: .rowMajor)
  }

  private func backward(_ values: [Value], _ gradient: Value, _ wanted: [Bool]? = nil) throws -> [Value?] {
    let order = operation.operandOrder
    let output = operation.readsOutput ? try forward(values) : nil
    let layout: Layout = order == .channelsLast ? .channelsLast : .rowMajor
    let pass = ReversePass(
      inputShapes: inputs.map(\.shape), inputs: values.map { device.value($0, as: layout) }, shape: shape,
      output: output.map { device.value($0, as: layout) }, gradient: device.value(gradient, as: layout),
      wanted: wanted ?? inputs.map { _ in true }, rule: .standard)
    return try operation.backward(pass, on: device).map { $0.map { device.value($0, as: .rowMajor) } }
  }

  /// A maximum or minimum takes over one of its elements: ranks pass through it as the elements do and tell which.
  private func slopeOfChoice() throws -> Value? {
    let counts = inputs.map(\.count), total = counts.reduce(0, +)
    guard total < ExactIntegers.limit else { return nil }
    var elements: [Float] = [], moves: [Float] = []
    for (input, direction) in zip(inputs, directions) {
      elements += input.elements
      moves += direction?.elements ?? [Float](repeating: 0, count: input.count)
    }
    let prefersGreater = !(operation is Minimum || operation is ReduceMin)
    // Of equal elements the first one is taken.
    let order = elements.indices.sorted {
      elements[$0] == elements[$1] ? ($0 > $1) == prefersGreater : elements[$0] < elements[$1]
    }
    var ranks = [Float](repeating: 0, count: total)
    for (rank, index) in order.enumerated() { ranks[index] = Float(rank) }
    var start = 0
    let ranked = inputs.map { input in
      defer { start += input.count }
      return Value(Tensor(input.shape, values: Array(ranks[start..<start + input.count])))
    }
    let chosen = try forward(ranked).elements
    guard chosen.allSatisfy({ $0 >= 0 && $0 < Float(total) }) else { return nil }
    return Value(Tensor(shape, values: chosen.map { moves[order[Int($0)]] }))
  }

  /// The derivative of a smooth function of the inputs along the directions, to fourth order.
  private func difference(_ function: ([Value]) throws -> Value) throws -> Value {
    var size: Float = 0, speed: Float = 0
    for (input, direction) in zip(inputs, directions) {
      guard let direction else { continue }
      size = max(size, input.rootMeanSquare)
      speed = max(speed, direction.elements.reduce(0) { max($0, abs($1)) })
    }
    guard speed > 0 else { return zeros(try function(inputs).shape) }
    // A softmax bends over distances of one, whatever its inputs are.
    let reach: Float = operation.traits.turnsScoresIntoProbabilities || size == 0 ? 1 : size
    let step = reach / speed / 16
    func change(_ step: Float) throws -> Value {
      func moved(by step: Float) throws -> Value {
        try function(
          zip(inputs, directions).map { input, direction in
            direction.map { combine(input, $0) { $0 + step * $1 } } ?? input
          })
      }
      return combine(try moved(by: step), try moved(by: -step)) { ($0 - $1) / (2 * step) }
    }
    return combine(try change(step / 2), try change(step)) { (4 * $0 - $1) / 3 }
  }

  private func movedOrZero() -> [Value] {
    zip(inputs, directions).map { input, direction in direction ?? zeros(input.shape) }
  }

  private func zeros(_ shape: Shape) -> Value { Value(.zeros(shape)) }

  /// Two row-major values of one shape, element by element.
  private func combine(_ left: Value, _ right: Value, _ formula: (Float, Float) -> Float) -> Value {
    Value(
      Tensor(left.shape) { target in
        for index in target.indices { target[index] = formula(left.pointer[index], right.pointer[index]) }
      })
  }
}

extension Value {
  /// The elements as they lie.
  fileprivate var elements: [Float] {
    defer { withExtendedLifetime(self) {} }
    return Array(UnsafeBufferPointer(start: UnsafePointer(pointer), count: count))
  }

  fileprivate var rootMeanSquare: Float {
    guard count > 0 else { return 0 }
    return Float((elements.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)).squareRoot())
  }
}
