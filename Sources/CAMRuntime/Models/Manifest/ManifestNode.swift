internal import ModelIO

/// One node of a description.
struct ManifestNode {
  let name: String
  let operation: String
  let inputs: [String]
  private let json: JSONDocument

  /// Nil where name, operation or inputs are missing.
  init?(_ json: JSONDocument) {
    guard let name = json["name"]?.string, let operation = json["op"]?.string,
      let inputs = json["in"]?.array?.compactMap(\.string)
    else { return nil }
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.json = json
  }

  private typealias Value = NetworkComposer.Value

  /// Adds the node to a network.
  func added(
    to net: inout NetworkComposer, _ inputs: [NetworkComposer.Value]
  ) throws(GraphError) -> NetworkComposer.Value {
    guard let first = inputs.first else {
      throw .inputCount(kind: operation, expected: "one input or more", found: 0)
    }
    switch operation {
    case "conv": return try convolution(&net, first)
    case "fc": return try linear(&net, first)
    case "bn": return try net.batchNorm(name, first, epsilon: json["eps"]?.number ?? 1e-5)
    default:
      guard let made = plainOperation else {
        throw .shape(kind: operation, inputs: inputs.map(\.shape), reason: "there is no such operation")
      }
      return try net.add(made, inputs, name: name)
    }
  }

  private func convolution(_ net: inout NetworkComposer, _ input: Value) throws(GraphError) -> Value {
    let groups = json["groups"]?.integer ?? 1
    let kernel = pair("k", otherwise: 1)
    let channels = json["cout"]?.integer ?? 0
    guard input.shape.rank == 4, channels > 0, groups > 0, kernel.height > 0, kernel.width > 0,
      max(kernel.height, kernel.width, channels) < 1 << 20
    else { throw .shape(kind: operation, inputs: [input.shape], reason: "its extents make no convolution") }
    let shape: Shape = [channels, input.channels / groups, kernel.height, kernel.width]
    let weight = try parameter(&net, "weight", shape, .kernel)
    let bias = json["bias"] == .bool(true) ? try parameter(&net, "bias", [channels], .bias) : nil
    let margins = json["pads"]?.array?.compactMap(\.integer) ?? [0, 0, 0, 0]
    guard margins.count == 4 else {
      throw .shape(kind: operation, inputs: [input.shape], reason: "'pads' is [top, left, bottom, right]")
    }
    let made = Convolution(
      weight: weight, bias: bias, stride: pair("stride", otherwise: 1),
      padding: Padding(top: margins[0], left: margins[1], bottom: margins[2], right: margins[3]),
      dilation: pair("dil", otherwise: 1), groups: groups)
    return try net.add(made, [input], name: name)
  }

  private func linear(_ net: inout NetworkComposer, _ input: Value) throws(GraphError) -> Value {
    guard let outputs = json["cout"]?.integer, 0 < outputs, outputs < 1 << 24, input.shape.rank == 2 else {
      throw .shape(kind: operation, inputs: [input.shape], reason: "it wants [N, features] and 'cout'")
    }
    let weight = try parameter(&net, "weight", [outputs, input.shape[1]], .denseKernel(flattened: nil))
    let bias = json["bias"] == .bool(false) ? nil : try parameter(&net, "bias", [outputs], .bias)
    return try net.add(Linear(weight: weight, bias: bias), [input], name: name)
  }

  private func parameter(
    _ net: inout NetworkComposer, _ parameterName: String, _ shape: Shape, _ kind: KerasVariable.Kind
  ) throws(GraphError) -> Tensor {
    try net.parameter(
      parameterName, of: name, shape, keras: KerasVariable(layer: name, kind: kind),
      start: .heNormal(fan: max(shape.countPerEntry, 1)))
  }

  /// Operations without parameters.
  private var plainOperation: (any Operation)? {
    switch operation {
    case "relu": ReLU()
    case "relu6": ReLU6()
    case "leakyrelu": LeakyReLU(slope: json["slope"]?.number ?? 0.01)
    case "silu": SiLU()
    case "hardswish": HardSwish()
    case "hardsigmoid": HardSigmoid()
    case "sigmoid": Sigmoid()
    case "tanh": Tanh()
    case "gelu": GELU()
    case "softmax": Softmax(axis: 1)
    case "dropout": Dropout(rate: json["p"]?.number ?? 0.5)
    case "gap": GlobalAveragePool()
    case "gmp": GlobalMaxPool()
    case "flatten": Flatten()
    case "add": Add()
    case "mul": Multiply()
    case "concat": Concat(axis: 1)
    case "maxpool":
      MaxPool(
        kernel: pair("k", otherwise: 2), stride: pair("stride", otherwise: 2), padding: margins,
        ceilMode: json["ceil"] == .bool(true))
    case "avgpool":
      AveragePool(
        kernel: pair("k", otherwise: 2), stride: pair("stride", otherwise: 2), padding: margins,
        ceilMode: json["ceil"] == .bool(true), countsPadding: json["cip"] != .bool(false))
    default: nil
    }
  }

  private var margins: Padding {
    let pad = pair("pad", otherwise: 0)
    return Padding(pad.height, pad.width)
  }

  /// One number for both extents, or [height, width].
  private func pair(_ member: String, otherwise value: Int) -> Extent {
    if let both = json[member]?.integer { return Extent(both) }
    if let list = json[member]?.array?.compactMap(\.integer), list.count == 2 {
      return Extent(list[0], list[1])
    }
    return Extent(value)
  }
}
