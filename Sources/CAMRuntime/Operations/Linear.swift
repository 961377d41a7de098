/// A fully connected layer on the last axis.
package struct Linear: Operation {
  /// The name of the kind.
  package static let kind = "linear"
  /// The weights, `[out, in]`.
  package let weight: Tensor
  /// One value for each output.
  package let bias: Tensor?

  /// A fully connected layer.
  package init(weight: Tensor, bias: Tensor? = nil) {
    self.weight = weight
    self.bias = bias
  }

  /// `[N, ..., out]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    var shape = try single(inputs)
    guard weight.shape.rank == 2, shape.rank >= 1, shape[shape.rank - 1] == weight.shape[1] else {
      throw refusal(inputs, "weights of \(weight.shape) do not fit its last axis")
    }
    try expect(bias, "bias", of: [weight.shape[0]])
    shape[shape.rank - 1] = weight.shape[0]
    return shape
  }

  /// Weights and bias.
  package var parameters: [Parameter] {
    [Parameter("weight", weight)] + (bias.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same with other weights.
  package func replacing(parameters: [Tensor]) -> any Operation {
    Linear(weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil)
  }

  /// Only some rows: the outputs of the given indices.
  package func rows(_ indices: [Int]) -> Linear {
    let width = weight.shape[1]
    let rows = Tensor([indices.count, width]) { target in
      weight.withValues { source in
        for (place, index) in indices.enumerated() {
          for column in 0..<width { target[place * width + column] = source[index * width + column] }
        }
      }
    }
    let picked = bias.map { bias in
      bias.withValues { values in Tensor([indices.count], values: indices.map { values[$0] }) }
    }
    return Linear(weight: rows, bias: picked)
  }

  /// Affine.
  package var traits: OperationTraits { .affine }
}

/// The matrix product of the last two axes, other axes broadcast.
package struct MatMul: Operation {
  /// The name of the kind.
  package static let kind = "matmul"

  /// A matrix product.
  package init() {}

  /// As NumPy's `matmul`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else {
      throw .inputCount(kind: Self.kind, expected: "two inputs", found: inputs.count)
    }
    guard inputs[0].rank >= 1, inputs[1].rank >= 1 else { throw refusal(inputs, "it wants matrices") }
    let left = inputs[0].rank == 1 ? [1] + inputs[0].dimensions : inputs[0].dimensions
    let right = inputs[1].rank == 1 ? inputs[1].dimensions + [1] : inputs[1].dimensions
    guard left[left.count - 1] == right[right.count - 2] else {
      throw refusal(inputs, "the inner extents differ")
    }
    guard let batch = Shape(Array(left.dropLast(2))).broadcast(with: Shape(Array(right.dropLast(2)))) else {
      throw refusal(inputs, "the outer extents do not broadcast")
    }
    var dimensions = batch.dimensions
    if inputs[0].rank > 1 { dimensions.append(left[left.count - 2]) }
    if inputs[1].rank > 1 { dimensions.append(right[right.count - 1]) }
    return Shape(dimensions)
  }

  /// Nothing holds for both inputs together.
  package var traits: OperationTraits { [] }
}
