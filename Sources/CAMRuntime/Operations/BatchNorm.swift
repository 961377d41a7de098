internal import CVector

/// Batch normalisation by stored statistics, on axis 1.
package struct BatchNorm: Operation {
  /// The name of the kind.
  package static let kind = "batch-norm"
  /// The factor of each channel.
  package let scale: Tensor
  /// The summand of each channel.
  package let shift: Tensor
  /// The running mean of each channel.
  package let mean: Tensor
  /// The running variance of each channel.
  package let variance: Tensor
  /// What is added to the variance.
  package let epsilon: Float
  /// Whether training changes the factor (Keras' `scale=False` nets hold it at one).
  package let trainsScale: Bool

  /// A batch normalisation.
  package init(
    scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon: Float = 1e-5,
    trainsScale: Bool = true
  ) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
    self.trainsScale = trainsScale
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard shape.rank >= 2 else { throw refusal(inputs, "it wants [N, C, ...]") }
    for (tensor, name) in [
      (scale, "weight"), (shift, "bias"), (mean, "running_mean"), (variance, "running_var"),
    ] {
      try expect(tensor, name, of: [shape[1]])
    }
    return shape
  }

  /// Factor, summand and statistics.
  package var parameters: [Parameter] {
    [
      Parameter("weight", scale, isTrainable: trainsScale), Parameter("bias", shift),
      Parameter("running_mean", mean, isTrainable: false),
      Parameter("running_var", variance, isTrainable: false),
    ]
  }

  /// The same with other tensors.
  package func replacing(parameters: [Tensor]) -> any Operation {
    BatchNorm(
      scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3],
      epsilon: epsilon, trainsScale: trainsScale)
  }

  /// At inference an affine map of each channel.
  package var traits: OperationTraits { [.affine, .channelLocal, .elementwise] }

  /// The factor and summand of each channel at inference.
  package var affine: (factors: [Float], summands: [Float]) {
    let scale = scale.values, shift = shift.values, mean = mean.values
    let factors = zip(scale, variance.values).map { scale, variance in
      Float(Double(scale) / (Double(variance) + Double(epsilon)).squareRoot())
    }
    let summands = factors.indices.map { shift[$0] - mean[$0] * factors[$0] }
    return (factors, summands)
  }
}

extension BatchNorm {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// Each channel times its factor plus its summand.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    scaled(inputs[0], by: affine.factors, plus: affine.summands, on: device)
  }

  /// The gradient times each channel's factor.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [scaledGradient(pass.gradient, on: device)]
  }

  /// A gradient times each channel's factor.
  func scaledGradient(_ gradient: Value, on device: Device) -> Value {
    let factors = affine.factors
    return scaled(gradient, by: factors, plus: factors.map { _ in 0 }, on: device)
  }

  private func scaled(_ value: Value, by factors: [Float], plus summands: [Float], on device: Device) -> Value
  {
    let result = device.allocate(value.shape, value.layout)
    let parts = value.channelParts
    cv_channel_affine(
      value.pointer, factors, summands, result.pointer, parts.outer, parts.channels, parts.inner)
    return result
  }
}
