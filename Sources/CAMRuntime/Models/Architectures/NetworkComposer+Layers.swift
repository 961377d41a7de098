/// How a window meets the edges of its input.
package enum WindowPadding: Sendable, Hashable {
  /// Only windows that lie inside.
  case valid
  /// TensorFlow's rule: as many outputs as strides fit, the odd row or column goes to the bottom or right.
  case same
  /// The same number of rows above and below, of columns left and right.
  case symmetric(Int, Int)

  /// Rows and columns added to `input`.
  func margins(_ input: NetworkComposer.Value, kernel: Extent, stride: Extent) -> Padding {
    switch self {
    case .valid: .none
    case .symmetric(let rows, let columns): Padding(rows, columns)
    case .same: .same(input: Extent(input.height, input.width), kernel: kernel, stride: stride)
    }
  }
}

extension NetworkComposer {
  /// A two-dimensional convolution; `groups` equal to the input's channels makes it depthwise.
  ///
  /// `layer` is the Keras layer's name where the node is only a part of it.
  package mutating func convolution(
    _ name: String, _ input: Value, to channels: Int, kernel: (Int, Int), stride: Int = 1,
    padding: WindowPadding = .valid, groups: Int = 1, bias: Bool = true, layer: String? = nil,
    kind: KerasVariable.Kind = .kernel
  ) throws(GraphError) -> Value {
    let fan = input.channels / max(groups, 1) * kernel.0 * kernel.1
    let owner = layer ?? name
    let weight = try parameter(
      "weight", of: name, [channels, input.channels / max(groups, 1), kernel.0, kernel.1],
      keras: KerasVariable(layer: owner, kind: kind), start: .heNormal(fan: fan))
    let offsets =
      bias
      ? try parameter(
        "bias", of: name, [channels], keras: KerasVariable(layer: owner, kind: .bias), start: .constant(0))
      : nil
    let operation = Convolution(
      weight: weight, bias: offsets, stride: Extent(stride),
      padding: padding.margins(input, kernel: Extent(kernel.0, kernel.1), stride: Extent(stride)),
      groups: groups)
    return try add(operation, [input], name: name)
  }

  /// A square convolution.
  package mutating func convolution(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1,
    padding: WindowPadding = .valid, groups: Int = 1, bias: Bool = true, layer: String? = nil
  ) throws(GraphError) -> Value {
    try convolution(
      name, input, to: channels, kernel: (kernel, kernel), stride: stride, padding: padding, groups: groups,
      bias: bias, layer: layer)
  }

  /// Batch normalisation with its running statistics.
  package mutating func batchNorm(
    _ name: String, _ input: Value, epsilon: Float = 1e-5
  ) throws(GraphError) -> Value {
    func vector(
      _ parameterName: String, _ kind: KerasVariable.Kind, _ start: Float
    ) throws(GraphError) -> Tensor {
      try parameter(
        parameterName, of: name, [input.channels], keras: KerasVariable(layer: name, kind: kind),
        start: .constant(start))
    }
    let operation = try BatchNorm(
      scale: vector("weight", .gamma, 1), shift: vector("bias", .beta, 0),
      mean: vector("running_mean", .movingMean, 0), variance: vector("running_var", .movingVariance, 1),
      epsilon: epsilon)
    return try add(operation, [input], name: name)
  }

  /// A fully connected layer over [N, features].
  package mutating func linear(
    _ name: String, _ input: Value, to count: Int, isHead: Bool = false, layer: String? = nil
  ) throws(GraphError) -> Value {
    let features = input.shape[1]
    let owner = layer ?? name
    let weight = try parameter(
      "weight", of: name, [count, features],
      keras: KerasVariable(layer: owner, kind: .denseKernel(flattened: input.flattened)),
      start: .uniform(fan: features), isHead: isHead)
    let bias = try parameter(
      "bias", of: name, [count], keras: KerasVariable(layer: owner, kind: .bias), start: .constant(0),
      isHead: isHead)
    return try add(Linear(weight: weight, bias: bias), [input], name: name)
  }

  package mutating func relu(_ name: String, _ input: Value) throws(GraphError) -> Value {
    try add(ReLU(), [input], name: name)
  }

  package mutating func relu6(_ name: String, _ input: Value) throws(GraphError) -> Value {
    try add(ReLU6(), [input], name: name)
  }

  package mutating func softmax(_ name: String, _ input: Value) throws(GraphError) -> Value {
    try add(Softmax(axis: 1), [input], name: name)
  }

  package mutating func dropout(
    _ name: String, _ input: Value, probability: Float
  ) throws(GraphError) -> Value {
    var value = try add(Dropout(rate: probability), [input], name: name)
    value.flattened = input.flattened
    return value
  }

  package mutating func maxPool(
    _ name: String, _ input: Value, kernel: Int, stride: Int, padding: WindowPadding = .valid
  ) throws(GraphError) -> Value {
    let margins = padding.margins(input, kernel: Extent(kernel), stride: Extent(stride))
    return try add(
      MaxPool(kernel: Extent(kernel), stride: Extent(stride), padding: margins), [input], name: name)
  }

  package mutating func averagePool(
    _ name: String, _ input: Value, kernel: Int, stride: Int, padding: WindowPadding = .valid,
    countsPadding: Bool = true
  ) throws(GraphError) -> Value {
    let margins = padding.margins(input, kernel: Extent(kernel), stride: Extent(stride))
    return try add(
      AveragePool(
        kernel: Extent(kernel), stride: Extent(stride), padding: margins, countsPadding: countsPadding),
      [input], name: name)
  }

  package mutating func adaptiveAveragePool(
    _ name: String, _ input: Value, to size: (Int, Int)
  ) throws(GraphError) -> Value {
    try add(AdaptiveAveragePool(Extent(size.0, size.1)), [input], name: name)
  }

  package mutating func globalAveragePool(_ name: String, _ input: Value) throws(GraphError) -> Value {
    try add(GlobalAveragePool(), [input], name: name)
  }

  /// [N, C, H, W] to [N, C * H * W].
  package mutating func flatten(_ name: String, _ input: Value) throws(GraphError) -> Value {
    var value = try add(Flatten(axis: 1), [input], name: name)
    if input.height * input.width > 1 { value.flattened = [input.channels, input.height, input.width] }
    return value
  }

  package mutating func sum(_ name: String, _ left: Value, _ right: Value) throws(GraphError) -> Value {
    try add(Add(), [left, right], name: name)
  }

  /// Joins maps along their channels.
  package mutating func concatenation(_ name: String, _ inputs: [Value]) throws(GraphError) -> Value {
    try add(Concat(axis: 1), inputs, name: name)
  }
}
