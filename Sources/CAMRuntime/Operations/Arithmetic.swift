/// The formulas of operations on two values.
package enum BinaryFunction: Int32, Sendable {
  case add, subtract, multiply, divide, minimum, maximum
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
