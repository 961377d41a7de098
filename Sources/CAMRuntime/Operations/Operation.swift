/// One kind of layer: what it does to shapes, which parameters it has, and what can be said about it.
///
/// The leading axis of an input is the batch and may have any extent.
package protocol Operation: Sendable {
  /// The name of the kind, lower case with hyphens.
  static var kind: String { get }
  /// The shape of the value for inputs of these shapes.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape
  /// The tensors that a weight file fills, in a fixed order.
  var parameters: [Parameter] { get }
  /// The same operation with other tensors for `parameters`, in their order.
  func replacing(parameters: [Tensor]) -> any Operation
  /// What holds for the operation whatever its input.
  var traits: OperationTraits { get }
  /// How its operands must lie in memory.
  var operandOrder: OperandOrder { get }
  /// Whether the reverse pass reads the values of the inputs, and not only their shapes.
  var readsInputs: Bool { get }
  /// Whether the reverse pass reads the operation's value.
  var readsOutput: Bool { get }
  /// How many floats the forward pass holds at once beside its value and inputs as they are wanted, at most.
  func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int
  /// The value, from inputs that lie as `operandOrder` says.
  func forward(_ inputs: [Value], on device: Device) throws -> Value
  /// The gradient with respect to each wanted input; nil for the others.
  func backward(_ pass: ReversePass, on device: Device) throws -> [Value?]
}

/// How operands lie in memory: inputs, and in the reverse pass value and gradient too.
package enum OperandOrder: Sendable {
  case rowMajor
  /// Pictures with channels innermost, anything else row-major.
  case channelsLast
  /// All of one layout: channels innermost where all are pictures and one lies so already.
  case uniform
}

/// What the reverse pass through one operation starts from.
package struct ReversePass {
  /// The shapes of the operation's inputs.
  let inputShapes: [Shape]
  /// The inputs, where the operation `readsInputs`; otherwise none.
  let inputs: [Value]
  /// The shape of its value.
  let shape: Shape
  /// Its value, where the operation `readsOutput`.
  let output: Value?
  /// The gradient with respect to its value.
  let gradient: Value
  /// Which inputs' gradients are wanted.
  let wanted: [Bool]
  /// How rectifiers let gradients pass.
  let rule: RectifierRule
}

extension Operation {
  /// Most derivatives depend on where they are taken; those of affine operations do not.
  package var readsInputs: Bool { !traits.isAffine }

  /// Few derivatives are made of the value.
  package var readsOutput: Bool { false }

  /// Most loops work in a little of what they read and write.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    inputs.reduce(output.count) { $0 + $1.count } / 8
  }

  /// Most loops are written for row-major operands.
  package var operandOrder: OperandOrder { .rowMajor }

  /// Most operations have none.
  package var parameters: [Parameter] { [] }

  /// An operation without parameters stays itself.
  package func replacing(parameters: [Tensor]) -> any Operation { self }

  /// The kind of this operation.
  package var kind: String { Self.kind }

  /// The only input of an operation that takes one.
  func single(_ inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 1 else {
      throw .inputCount(kind: Self.kind, expected: "one input", found: inputs.count)
    }
    return inputs[0]
  }

  /// The only input of an operation on pictures, `[N, C, H, W]`.
  func picture(_ inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard shape.rank == 4 else { throw refusal(inputs, "it wants [N, C, H, W]") }
    return shape
  }

  /// The error for inputs that break a rule.
  func refusal(_ inputs: [Shape], _ reason: String) -> GraphError {
    .shape(kind: Self.kind, inputs: inputs, reason: reason)
  }

  /// Checks the shape of a parameter.
  func expect(_ tensor: Tensor?, _ name: String, of shape: Shape) throws(GraphError) {
    guard let tensor, tensor.shape != shape else { return }
    throw .parameterShape(kind: Self.kind, name: name, expected: shape, found: tensor.shape)
  }

  /// An axis that may be counted from the end.
  func axis(_ index: Int, of shape: Shape) throws(GraphError) -> Int {
    guard let axis = shape.axis(index) else { throw refusal([shape], "there is no axis \(index)") }
    return axis
  }
}
