/// Normalisation over the trailing axes from `axis` on, with a factor and summand for each element.
package struct LayerNorm: Operation {
  /// The name of the kind.
  package static let kind = "layer-norm"
  /// The first of the axes that are normalised together.
  package let axis: Int
  /// A factor for each element of those axes.
  package let scale: Tensor?
  /// A summand for each element of those axes.
  package let shift: Tensor?
  /// What is added to the variance.
  package let epsilon: Float

  /// A layer normalisation.
  package init(axis: Int = -1, scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) {
    self.axis = axis
    self.scale = scale
    self.shift = shift
    self.epsilon = epsilon
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    let first = try axis(axis, of: shape)
    let normalized = Shape(Array(shape.dimensions[first...]))
    for (tensor, name) in [(scale, "weight"), (shift, "bias")] {
      guard let tensor else { continue }
      guard tensor.shape.broadcast(with: normalized) == normalized else {
        throw .parameterShape(kind: Self.kind, name: name, expected: normalized, found: tensor.shape)
      }
    }
    return shape
  }

  /// Factor and summand.
  package var parameters: [Parameter] {
    (scale.map { [Parameter("weight", $0)] } ?? []) + (shift.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same with other tensors.
  package func replacing(parameters: [Tensor]) -> any Operation {
    LayerNorm(
      axis: axis, scale: scale == nil ? nil : parameters[0],
      shift: shift == nil ? nil : parameters[parameters.count - 1], epsilon: epsilon)
  }

  /// Nothing holds.
  package var traits: OperationTraits { [] }
}

/// Normalisation of groups of channels of each picture, with a factor and summand for each channel.
package struct GroupNorm: Operation {
  /// The name of the kind.
  package static let kind = "group-norm"
  /// The number of groups.
  package let groups: Int
  /// A factor for each channel.
  package let scale: Tensor?
  /// A summand for each channel.
  package let shift: Tensor?
  /// What is added to the variance.
  package let epsilon: Float

  /// A group normalisation.
  package init(groups: Int, scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) {
    self.groups = groups
    self.scale = scale
    self.shift = shift
    self.epsilon = epsilon
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard shape.rank >= 2, groups > 0, shape[1] % groups == 0 else {
      throw refusal(inputs, "its channels do not split into \(groups) groups")
    }
    try expect(scale, "weight", of: [shape[1]])
    try expect(shift, "bias", of: [shape[1]])
    return shape
  }

  /// Factor and summand.
  package var parameters: [Parameter] {
    (scale.map { [Parameter("weight", $0)] } ?? []) + (shift.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same with other tensors.
  package func replacing(parameters: [Tensor]) -> any Operation {
    GroupNorm(
      groups: groups, scale: scale == nil ? nil : parameters[0],
      shift: shift == nil ? nil : parameters[parameters.count - 1], epsilon: epsilon)
  }

  /// Nothing holds.
  package var traits: OperationTraits { [] }
}

/// Normalisation of each channel of each picture.
package struct InstanceNorm: Operation {
  /// The name of the kind.
  package static let kind = "instance-norm"
  /// A factor for each channel.
  package let scale: Tensor?
  /// A summand for each channel.
  package let shift: Tensor?
  /// What is added to the variance.
  package let epsilon: Float

  /// An instance normalisation.
  package init(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) {
    self.scale = scale
    self.shift = shift
    self.epsilon = epsilon
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard shape.rank >= 2 else { throw refusal(inputs, "it wants [N, C, ...]") }
    try expect(scale, "weight", of: [shape[1]])
    try expect(shift, "bias", of: [shape[1]])
    return shape
  }

  /// Factor and summand.
  package var parameters: [Parameter] {
    (scale.map { [Parameter("weight", $0)] } ?? []) + (shift.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same with other tensors.
  package func replacing(parameters: [Tensor]) -> any Operation {
    InstanceNorm(
      scale: scale == nil ? nil : parameters[0],
      shift: shift == nil ? nil : parameters[parameters.count - 1], epsilon: epsilon)
  }

  /// Each channel for itself.
  package var traits: OperationTraits { .channelLocal }
}

/// Local response normalisation across channels: x / (k + alpha / size * sum of squares) ^ beta.
package struct LRN: Operation {
  /// The name of the kind.
  package static let kind = "lrn"
  /// The number of neighbouring channels.
  package let size: Int
  /// The factor of the sum.
  package let alpha: Float
  /// The exponent.
  package let beta: Float
  /// The summand.
  package let k: Float

  /// A local response normalisation.
  package init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard shape.rank >= 2, size > 0 else { throw refusal(inputs, "it wants [N, C, ...] and a size above 0") }
    return shape
  }

  /// Nothing holds.
  package var traits: OperationTraits { [] }
}
