/// The network's input.
package struct Input: Operation {
  /// The name of the kind.
  package static let kind = "input"
  /// The shape for a batch of one.
  package let shape: Shape

  /// An input of a shape.
  package init(shape: Shape) { self.shape = shape }

  /// It reads nothing.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.isEmpty else {
      throw .inputCount(kind: Self.kind, expected: "no input", found: inputs.count)
    }
    return shape
  }

  /// A source; it may be without elements.
  package var traits: OperationTraits { .movement }
}

/// A value that is the same for every input; its leading axis is not a batch.
package struct Constant: Operation {
  /// The name of the kind.
  package static let kind = "constant"
  /// The value.
  package let tensor: Tensor

  /// A constant of a value.
  package init(_ tensor: Tensor) { self.tensor = tensor }

  /// It reads nothing.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.isEmpty else {
      throw .inputCount(kind: Self.kind, expected: "no input", found: inputs.count)
    }
    return tensor.shape
  }

  /// The value, which training can change where it is a parameter of its origin.
  package var parameters: [Parameter] { [Parameter("value", tensor, isTrainable: false)] }

  /// The same constant with another value.
  package func replacing(parameters: [Tensor]) -> any Operation { Constant(parameters[0]) }

  /// A source; it may be without elements.
  package var traits: OperationTraits { .movement }
}

extension Input {
  /// An input has no value of its own.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    throw GraphError.inputCount(kind: Self.kind, expected: "a value from the caller", found: 0)
  }

  /// It reads nothing.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [] }
}

extension Constant {
  /// The value.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value { Value(tensor) }

  /// It reads nothing.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [] }
}
