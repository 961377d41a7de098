internal import ModelIO

/// Convolutions and their transposes, in one, two or three dimensions.
enum ONNXConvolutions {
  static let importers: [String: ONNXOperatorImporter] = [
    "Conv": { view, net throws(ONNXImportError) in [try convolution(view, &net)] },
    "FusedConv": { view, net throws(ONNXImportError) in [try fused(view, &net)] },
    "ConvTranspose": { view, net throws(ONNXImportError) in [try transposed(view, &net)] },
  ]

  private static func convolution(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let weight = try view.requiredTensor(1, "W")
    let bias = try view.tensor(2, "B")
    let input = try view.input(0)
    let window = try window(of: weight, over: net.shape(of: input), view)
    if window.isVolume {
      return try ONNXVolumes.convolution(input, window, weight: weight, bias: bias, view, &net)
    }
    return try window.applied(to: input, view, &net) { window throws(ONNXImportError) in
      Convolution(
        weight: window.weights(weight), bias: bias, stride: window.stride, padding: window.padding,
        dilation: window.dilation, groups: view.node.integer("group") ?? 1)
    }
  }

  /// ONNX Runtime's own: a convolution, a sum with what stands beside it, and an activation.
  private static func fused(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let node = ONNXNode(
      name: view.node.name, operation: "Conv", inputs: Array(view.node.inputs.prefix(3)),
      outputs: ["\(view.valueName)/convolution"], attributes: view.node.attributes)
    var value = try convolution(
      ONNXNodeView(node: node, inputs: Array(view.inputs.prefix(3)), opset: view.opset), &net)
    if let summand = view.optionalInput(3) {
      value = try net.emit(Add(), [value, summand], for: view, part: "sum")
    }
    return try net.emit(try activation(view), [value], for: view)
  }

  private static func activation(_ view: ONNXNodeView) throws(ONNXImportError) -> any Operation {
    let kind = view.node.string("activation") ?? ""
    let numbers = view.node.floats("activation_params") ?? []
    let wanted = ["LeakyRelu": 1, "Clip": 2, "HardSigmoid": 2][kind] ?? 0
    guard numbers.count == wanted else {
      throw view.failure(
        .invalid("'activation_params' has \(numbers.count) numbers, \(kind) takes \(wanted)"))
    }
    switch kind {
    case "Relu": return ReLU()
    case "Sigmoid": return Sigmoid()
    case "Tanh": return Tanh()
    case "LeakyRelu": return LeakyReLU(slope: numbers[0])
    case "HardSigmoid": return HardSigmoid(alpha: numbers[0], beta: numbers[1])
    case "Clip": return ONNXActivations.clip(from: numbers[0], to: numbers[1])
    default: throw view.failure(.unsupported("the activation '\(kind)'"))
    }
  }

  /// The window of some weights, which must be the one that the node states where it states one.
  private static func window(
    of weight: Tensor, over shape: [Int], _ view: ONNXNodeView
  ) throws(ONNXImportError) -> ONNXWindow {
    let kernel = Array(weight.shape.dimensions.dropFirst(2))
    if let stated = view.node.integers("kernel_shape"), stated != kernel {
      throw view.failure(
        .invalid(
          "'kernel_shape' is \(Shape(stated)), but the weights of \(weight.shape) have windows of \(Shape(kernel))"
        ))
    }
    let window = try ONNXWindow(view, inputShape: shape, kernel: kernel)
    try window.refusePads(view)
    return window
  }

  private static func transposed(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let weight = try view.requiredTensor(1, "W")
    let bias = try view.tensor(2, "B")
    let input = try view.input(0)
    var window = try window(of: weight, over: net.shape(of: input), view)
    let rank = weight.shape.rank - 2
    var added = view.node.integers("output_padding") ?? [Int](repeating: 0, count: rank)
    guard added.count == rank else {
      throw view.failure(.invalid("output_padding has \(added.count) numbers"))
    }
    let automatic = view.node.string("auto_pad") ?? "NOTSET"
    var wanted = view.node.integers("output_shape").map { Array($0.suffix(rank)) }
    if wanted == nil, automatic.hasPrefix("SAME") {
      wanted = (0..<rank).map { net.shape(of: input)[$0 + 2] * window.strides[$0] }
    }
    if let wanted {
      guard wanted.count == rank else {
        throw view.failure(.invalid("output_shape has \(wanted.count) numbers"))
      }
      window.choosePadding(
        forOutput: wanted, input: Array(net.shape(of: input).suffix(rank)), added: &added,
        oddBehind: automatic == "SAME_UPPER")
    }
    try window.refuseAdded(added, wanted: wanted, view)
    if window.isVolume {
      return try ONNXVolumes.transposedConvolution(
        input, window, weight: weight, bias: bias, added: added, view, &net)
    }
    let outputPadding = rank == 1 ? Extent(0, added[0]) : Extent(added[0], added[1])
    return try window.applied(to: input, view, &net) { window throws(ONNXImportError) in
      TransposedConvolution(
        weight: window.weights(weight), bias: bias, stride: window.stride, padding: window.padding,
        dilation: window.dilation, groups: view.node.integer("group") ?? 1, outputPadding: outputPadding)
    }
  }
}
