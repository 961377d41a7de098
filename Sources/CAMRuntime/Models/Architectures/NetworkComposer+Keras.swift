/// What follows a Keras layer's sum inside the same layer.
enum KerasActivation {
  case none, relu, softmax
}

/// Keras' layers, whose name stands for the value after the activation that is part of the layer; the value before
/// it is `NAME/BiasAdd`, as TensorFlow names it.
extension NetworkComposer {
  mutating func kerasConvolution(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1,
    padding: WindowPadding = .valid, bias: Bool = true, rectified: Bool = false
  ) throws(GraphError) -> Value {
    let sum = try convolution(
      rectified ? name + "/BiasAdd" : name, input, to: channels, kernel: kernel, stride: stride,
      padding: padding, bias: bias, layer: name)
    return rectified ? try relu(name, sum) : sum
  }

  mutating func kerasDense(
    _ name: String, _ input: Value, to count: Int, ending: KerasActivation = .none, isHead: Bool = false
  ) throws(GraphError) -> Value {
    switch ending {
    case .none: return try linear(name, input, to: count, isHead: isHead)
    case .relu:
      return try relu(name, linear(name + "/BiasAdd", input, to: count, isHead: isHead, layer: name))
    case .softmax:
      return try softmax(name, linear(name + "/BiasAdd", input, to: count, isHead: isHead, layer: name))
    }
  }

  /// A depthwise 3x3 and a pointwise convolution, both without bias.
  mutating func kerasSeparable(
    _ name: String, _ input: Value, to channels: Int
  ) throws(GraphError) -> Value {
    let spread = try convolution(
      name + "/depthwise", input, to: input.channels, kernel: (3, 3), padding: .same, groups: input.channels,
      bias: false, layer: name, kind: .depthwiseKernel)
    return try convolution(
      name, spread, to: channels, kernel: (1, 1), bias: false, layer: name, kind: .pointwiseKernel)
  }
}
