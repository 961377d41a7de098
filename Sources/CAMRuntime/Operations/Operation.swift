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
}

extension Operation {
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
