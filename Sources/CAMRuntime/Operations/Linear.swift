internal import CVector

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

extension Linear {
  /// One row of products for each row of the input.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0]
    let result = device.allocate(try outputShape(of: [input.shape]))
    let (outputs, width) = (weight.shape[0], weight.shape[1])
    let rows = width == 0 ? 0 : input.count / width
    // oneDNN's sums depend on how many rows there are, so each entry's go by themselves.
    let own = input.shape.rank > 1 ? rows / max(input.shape[0], 1) : rows
    try weight.withValues { weights in
      guard let weights = weights.baseAddress else { return }
      if own <= Self.fewRows {
        withBias { cv_linear(input.pointer, weights, $0, result.pointer, rows, width, outputs) }
        return
      }
      for first in stride(from: 0, to: rows, by: own) {
        try Engine.product(
          transposeA: false, transposeB: true, rows: own, columns: outputs, inner: width,
          a: input.pointer + first * width, aStride: width, b: weights, bStride: width,
          c: result.pointer + first * outputs, cStride: outputs)
      }
      withBias { bias in
        guard let bias else { return }
        let ones = [Float](repeating: 1, count: outputs)
        cv_channel_affine(result.pointer, ones, bias, result.pointer, rows, outputs, 1)
      }
    }
    return result
  }

  /// The gradient times the weights.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let result = device.allocate(pass.inputShapes[0])
    let (outputs, width) = (weight.shape[0], weight.shape[1])
    let rows = outputs == 0 ? 0 : pass.gradient.count / outputs
    try weight.withValues { weights in
      guard let weights = weights.baseAddress else { return }
      if rows <= 2 {
        cv_linear_transposed(pass.gradient.pointer, weights, result.pointer, rows, width, outputs)
        return
      }
      try Engine.product(
        transposeA: false, transposeB: false, rows: rows, columns: width, inner: outputs,
        a: pass.gradient.pointer, aStride: outputs, b: weights, bStride: width, c: result.pointer,
        cStride: width)
    }
    return [result]
  }

  // Up to so many rows of an entry the products are bound by reading the weights.
  private static let fewRows = 32

  private func withBias(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let bias else { return body(nil) }
    bias.withValues { body($0.baseAddress) }
  }
}

extension MatMul {
  /// The product of each pair of matrices.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let shape = try outputShape(of: inputs.map(\.shape))
    let (left, right) = matrices(inputs)
    let result = device.allocate(try outputShape(of: [left.shape, right.shape]))
    try multiply(left, false, right, false, into: result)
    return result.viewed(as: shape)
  }

  /// Each factor's gradient: the result's times the other factor, transposed.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let (left, right) = matrices(pass.inputs)
    let gradient = pass.gradient.viewed(as: try outputShape(of: [left.shape, right.shape]))
    let outer = Array(gradient.shape.dimensions.dropLast(2))
    return try (0..<2).map { place in
      guard pass.wanted[place] else { return nil }
      let factor = place == 0 ? left : right
      let full = device.allocate(Shape(outer + factor.shape.dimensions.suffix(2)))
      if place == 0 {
        try multiply(gradient, false, right, true, into: full)
      } else {
        try multiply(left, true, gradient, false, into: full)
      }
      return device.reduce(full, toBroadcast: factor.shape).viewed(as: pass.inputShapes[place])
    }
  }

  private func matrices(_ inputs: [Value]) -> (Value, Value) {
    let left = inputs[0], right = inputs[1]
    return (
      left.shape.rank == 1 ? left.viewed(as: [1, left.count]) : left,
      right.shape.rank == 1 ? right.viewed(as: [right.count, 1]) : right
    )
  }

  private func multiply(
    _ a: Value, _ transposeA: Bool, _ b: Value, _ transposeB: Bool, into c: Value
  ) throws {
    let rank = c.shape.rank, outer = Shape(Array(c.shape.dimensions.dropLast(2)))
    let aColumns = a.shape[a.shape.rank - 1], bColumns = b.shape[b.shape.rank - 1]
    let inner = transposeA ? a.shape[a.shape.rank - 2] : aColumns
    let rows = c.shape[rank - 2], columns = c.shape[rank - 1]
    let aSteps = a.broadcastStrides(over: Shape(outer.dimensions + a.shape.dimensions.suffix(2)))
    let bSteps = b.broadcastStrides(over: Shape(outer.dimensions + b.shape.dimensions.suffix(2)))
    for index in 0..<outer.count {
      var rest = index, aOffset = 0, bOffset = 0
      for axis in (0..<outer.rank).reversed() {
        aOffset += rest % outer[axis] * aSteps[axis]
        bOffset += rest % outer[axis] * bSteps[axis]
        rest /= outer[axis]
      }
      try Engine.product(
        transposeA: transposeA, transposeB: transposeB, rows: rows, columns: columns, inner: inner,
        a: a.pointer + aOffset, aStride: max(1, aColumns), b: b.pointer + bOffset, bStride: max(1, bColumns),
        c: c.pointer + index * rows * columns, cStride: max(1, columns))
    }
  }
}
