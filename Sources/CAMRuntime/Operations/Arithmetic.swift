internal import CVector

/// The formulas of operations on two values.
package enum BinaryFunction: Int32, Sendable {
  case add, subtract, multiply, divide, minimum, maximum, power
}

/// An operation on two values, element by element after broadcasting as NumPy does.
package protocol BinaryOperation: Operation {
  /// Its formula.
  var function: BinaryFunction { get }
}

extension BinaryOperation {
  /// The broadcast shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else {
      throw .inputCount(kind: Self.kind, expected: "two inputs", found: inputs.count)
    }
    guard let shape = inputs[0].broadcast(with: inputs[1]) else {
      throw refusal(inputs, "the extents do not broadcast")
    }
    return shape
  }
}

/// The sum, broadcast.
package struct Add: BinaryOperation {
  /// The name of the kind.
  package static let kind = "add"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .add }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .affine] }
}

/// The difference, broadcast.
package struct Subtract: BinaryOperation {
  /// The name of the kind.
  package static let kind = "subtract"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .subtract }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .affine] }
}

/// The product, broadcast.
package struct Multiply: BinaryOperation {
  /// The name of the kind.
  package static let kind = "multiply"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .multiply }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The quotient, broadcast.
package struct Divide: BinaryOperation {
  /// The name of the kind.
  package static let kind = "divide"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .divide }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The lesser, broadcast.
package struct Minimum: BinaryOperation {
  /// The name of the kind.
  package static let kind = "minimum"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .minimum }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// The greater, broadcast.
package struct Maximum: BinaryOperation {
  /// The name of the kind.
  package static let kind = "maximum"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .maximum }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// The first to the power of the second, broadcast.
package struct Power: BinaryOperation {
  /// The name of the kind.
  package static let kind = "power"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: BinaryFunction { .power }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

extension BinaryOperation {
  /// Any layout does, if both have it.
  package var operandOrder: OperandOrder { .uniform }

  /// f of each pair.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.combine(function.rawValue, inputs[0], inputs[1], to: try outputShape(of: inputs.map(\.shape)))
  }

  /// The gradient times f' of each pair, summed over what was broadcast.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    (0..<2).map { place in
      guard pass.wanted[place] else { return nil }
      return device.reduce(
        partial(place, pass, device), toBroadcast: pass.inputShapes[place])
    }
  }

  private func partial(_ place: Int, _ pass: ReversePass, _ device: Device) -> Value {
    let gradient = pass.gradient
    // Sums and differences read no inputs.
    switch function {
    case .add: return gradient
    case .subtract: return place == 0 ? gradient : device.map(gradient, ElementwiseFunction(.scale, -1))
    default: break
    }
    let left = pass.inputs[0], right = pass.inputs[1]
    func times(_ value: Value) -> Value {
      device.combine(multiplyCode, gradient, value, to: gradient.shape)
    }
    func share(_ comparison: Int32) -> Value {
      // Of two equal values each gets half, as in PyTorch.
      let wins = device.combine(comparison, pass.inputs[place], pass.inputs[1 - place], to: gradient.shape)
      let ties = device.combine(equalCode, left, right, to: gradient.shape)
      device.accumulate(device.map(ties, ElementwiseFunction(.scale, 0.5)), into: wins)
      return times(wins)
    }
    switch function {
    case .add, .subtract: return gradient
    case .multiply: return times(pass.inputs[1 - place])
    case .divide:
      let reciprocal = device.map(right, ElementwiseFunction(.reciprocal))
      let direct = times(reciprocal)
      guard place == 1 else { return direct }
      let quotient = device.combine(function.rawValue, left, right, to: gradient.shape)
      let product = device.combine(multiplyCode, direct, quotient, to: gradient.shape)
      return device.map(product, ElementwiseFunction(.scale, -1))
    case .power where place == 0:
      let lower = device.map(right, ElementwiseFunction(.scale, 1, -1))
      let slope = device.combine(function.rawValue, left, lower, to: gradient.shape)
      return times(device.combine(multiplyCode, slope, right, to: gradient.shape))
    case .power:
      let value = device.combine(function.rawValue, left, right, to: gradient.shape)
      let slope = device.combine(
        multiplyCode, value, device.map(left, ElementwiseFunction(.log)), to: gradient.shape)
      // A base of zero has no logarithm, and no slope for the exponents that it takes.
      return times(device.combine(Int32(cv_keep), slope, left, to: gradient.shape))
    case .minimum: return share(lessCode)
    case .maximum: return share(greaterCode)
    }
  }
}

private let multiplyCode = BinaryFunction.multiply.rawValue
private let lessCode = Int32(cv_less)
private let greaterCode = Int32(cv_greater)
private let equalCode = Int32(cv_equal)
