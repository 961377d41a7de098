/// The input.
package struct Identity: Operation {
  /// The name of the kind.
  package static let kind = "identity"

  /// An identity.
  package init() {}

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }

  /// The same elements.
  package var traits: OperationTraits { [.affine, .channelLocal, .elementwise, .identity, .movement] }
}

/// The input; in training, elements (or whole channels) are zeroed at random and the others scaled up.
package struct Dropout: Operation {
  /// The name of the kind.
  package static let kind = "dropout"
  /// The share of elements that are zeroed in training.
  package let rate: Float

  /// A dropout.
  package init(rate: Float = 0.5) { self.rate = rate }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }

  /// The same elements at inference.
  package var traits: OperationTraits { [.affine, .channelLocal, .elementwise, .identity, .movement] }
}

extension Identity {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }
  /// The input.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value { inputs[0] }
  /// The gradient.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [pass.gradient] }
}

extension Dropout {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }
  /// The input.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value { inputs[0] }
  /// The gradient.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [pass.gradient] }
}
