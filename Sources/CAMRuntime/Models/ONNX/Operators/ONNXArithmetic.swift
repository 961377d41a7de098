internal import ModelIO

/// Sums, products and their relatives, with broadcasting.
enum ONNXArithmetic {
  static let importers: [String: ONNXOperatorImporter] = [
    "Add": { view, net throws(ONNXImportError) in
      try [affine(view, &net, Add()) { Scale(factor: 1, summand: $1) }]
    },
    "Sub": { view, net throws(ONNXImportError) in
      try [
        affine(view, &net, Subtract()) {
          $0 == 1 ? Scale(factor: 1, summand: -$1) : Scale(factor: -1, summand: $1)
        }
      ]
    },
    "Mul": { view, net throws(ONNXImportError) in try [product(view, &net)] },
    "Div": { view, net throws(ONNXImportError) in
      if view.isInteger(0), view.isInteger(1) { return [try integerQuotient(view, &net)] }
      return try [affine(view, &net, Divide()) { $0 == 1 && $1 != 0 ? Scale(factor: 1 / $1) : nil }]
    },
    "Mod": { view, net throws(ONNXImportError) in [try remainder(view, &net)] },
    "Min": { view, net throws(ONNXImportError) in try [chain(view, &net, Minimum())] },
    "Max": { view, net throws(ONNXImportError) in try [chain(view, &net, Maximum())] },
    "Sum": { view, net throws(ONNXImportError) in try [chain(view, &net, Add())] },
    "Mean": { view, net throws(ONNXImportError) in
      let count = view.inputs.count
      if count == 1 { return [try chain(view, &net, Add())] }
      let sum = try chain(view, &net, Add(), part: "sum")
      return [try net.emit(Scale(factor: 1 / Float(count)), [sum], for: view)]
    },
    "Pow": { view, net throws(ONNXImportError) in
      let (base, exponents) = (try view.input(0), try view.input(1))
      if case .constant(let folded) = exponents, let exponent = folded.scalar,
        folded.shape.count <= net.shape(of: base).count
      {
        return [try net.emit(Pow(exponent: exponent), [base], for: view)]
      }
      return [try net.emit(Power(), [base, exponents], for: view)]
    },
  ]

  /// The quotient without its fraction, as integers divide.
  ///
  /// Of integers below 2^24 a float's quotient never reaches the next whole number.
  private static func integerQuotient(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let operands = [try view.input(0), try view.input(1)]
    return try truncated(try net.emit(Divide(), operands, for: view, part: "quotient"), view, &net)
  }

  /// What an integer quotient leaves, with the divisor's sign or (`fmod`) the dividend's.
  private static func remainder(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    // Of floats the quotient is rounded, and what is left could be off by a whole divisor.
    guard view.isInteger(0), view.isInteger(1) else {
      throw view.failure(.unsupported("a remainder of floats"))
    }
    let (left, right) = (try view.input(0), try view.input(1))
    let quotient = try net.emit(Divide(), [left, right], for: view, part: "quotient")
    let whole =
      try view.node.integer("fmod") == 1
      ? truncated(quotient, view, &net, part: "truncated")
      : net.emit(Round(.down), [quotient], for: view, part: "floor")
    let taken = try net.emit(Multiply(), [whole, right], for: view, part: "taken")
    return try net.emit(Subtract(), [left, taken], for: view)
  }

  /// A value rounded towards zero.
  static func truncated(
    _ value: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler, part: String? = nil
  ) throws(ONNXImportError) -> ImportedValue {
    let size = try net.emit(Abs(), [value], for: view, part: "size")
    let whole = try net.emit(Round(.down), [size], for: view, part: "whole")
    let sign = try net.emit(Sign(), [value], for: view, part: "sign")
    return try net.emit(Multiply(), [whole, sign], for: view, part: part)
  }

  /// Two operands; where one is a known number, `scale` may give an operation for (place of the number, number).
  private static func affine(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ operation: any Operation,
    scale: (Int, Float) -> Scale?
  ) throws(ONNXImportError) -> ImportedValue {
    let (left, right) = (try view.input(0), try view.input(1))
    for (place, number, other) in [(1, right, left), (0, left, right)] {
      if case .constant(let folded) = number, folded.shape.count <= net.shape(of: other).count,
        let value = folded.scalar, let operation = scale(place, value)
      {
        return try net.emit(operation, [other], for: view)
      }
    }
    return try net.emit(operation, [left, right], for: view)
  }

  /// x * sigmoid(x) and x * hardsigmoid(x) become the activations that they spell out.
  private static func product(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let (left, right) = (try view.input(0), try view.input(1))
    if let map = net.unturned(left), let gate = net.unturned(right),
      let activation = try gated(map, gate, view, &net)
    {
      return try net.turned(activation, for: view)
    }
    if let activation = try gated(left, right, view, &net) { return activation }
    return try affine(view, &net, Multiply()) { Scale(factor: $1) }
  }

  private static func gated(
    _ left: ImportedValue, _ right: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue? {
    for (value, gate) in [(left, right), (right, left)] {
      guard case .node(let id) = value, case .node(let gateID) = gate,
        net.source(of: gateID) == id, view.node.inputs.contains(where: { net.soleReader(of: $0) != nil })
      else { continue }
      switch net.operation(of: gateID) {
      case is Sigmoid: return try net.emit(SiLU(), [value], for: view)
      case let gate as HardSigmoid where gate.beta == 0.5 && abs(gate.alpha - 1 / 6) < 1e-6:
        return try net.emit(HardSwish(), [value], for: view)
      default: continue
      }
    }
    return nil
  }

  private static func chain(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ operation: any Operation, part: String? = nil
  ) throws(ONNXImportError) -> ImportedValue {
    var value = try view.input(0)
    if view.inputs.count == 1 { return value }
    for index in 1..<view.inputs.count {
      let isLast = index == view.inputs.count - 1
      value = try net.emit(
        operation, [value, try view.input(index)], for: view, part: isLast ? part : "part\(index)")
    }
    return value
  }
}
