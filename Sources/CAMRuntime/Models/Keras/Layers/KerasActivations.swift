internal import ModelIO

/// Activations: layers of their own, and those that are part of another layer.
enum KerasActivations {
  static let importers: [String: KerasLayerImporter] = [
    "Activation": named, "ReLU": rectifier, "LeakyReLU": leaky, "PReLU": learnt, "ELU": exponential,
    "ThresholdedReLU": thresholded, "Softmax": softmax,
  ]

  @Sendable private static func named(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.input()
    if let value = try net.emitActivation(of: input, call) { return value }
    return try net.emitElementwise(Identity(), input, call)
  }

  @Sendable private static func rectifier(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let most = call.layer.config["max_value"]?.number
    let (slope, threshold) = (
      call.number("negative_slope", otherwise: 0), call.number("threshold", otherwise: 0)
    )
    let operation: any Operation
    switch (most, slope, threshold) {
    case (nil, 0, 0): operation = ReLU()
    case (6, 0, 0): operation = ReLU6()
    case (let most?, 0, 0): operation = Clip(minimum: 0, maximum: most)
    case (nil, let slope, 0): operation = LeakyReLU(slope: slope)
    case (nil, 0, let threshold): operation = ThresholdedReLU(threshold: threshold)
    default: throw call.error(.unsupported("max_value, negative_slope and threshold together"))
    }
    return try net.emitElementwise(operation, try call.input(), call)
  }

  @Sendable private static func leaky(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let slope = call.number("negative_slope", "alpha", otherwise: 0.3)
    return try net.emitElementwise(LeakyReLU(slope: slope), try call.input(), call)
  }

  @Sendable private static func learnt(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    let shared = call.layer.config["shared_axes"]?.array?.compactMap(\.integer) ?? []
    let channels = input.shape[1]
    if input.isMap, input.shape[2] * input.shape[3] > 1, shared.sorted() != [1, 2] {
      return try learntByPlace(input, shared: shared, &net, call)
    }
    let stated = input.isMap ? [1, 1, channels] : [channels]
    let slope = try net.parameter(["alpha"], at: 0, stated, as: [channels], .bias, call)
    return try net.emit(PReLU(slope: slope), input, call)
  }

  /// A slope for each place of a map, or for each row or column: `max(x, 0) + alpha min(x, 0)`.
  private static func learntByPlace(
    _ input: KerasValue, shared: [Int], _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    guard shared.allSatisfy({ (1...3).contains($0) }) else {
      throw call.error(.invalid("'shared_axes' names no axis of a map"))
    }
    // Height, width and channels in the file; one where they share a slope.
    let extents = [2, 3, 1].enumerated().map { shared.contains($0 + 1) ? 1 : input.shape[$1] }
    let slope = try net.parameter(
      ["alpha"], at: 0, extents, as: [1, extents[2], extents[0], extents[1]], .kernel, call)
    let constant = try net.emit(Constant(slope), [], call, part: "/alpha")
    let positive = try net.emit(ReLU(), input, call, part: "/positive")
    let negative = try net.emit(Clip(maximum: 0), input, call, part: "/negative")
    let scaled = try net.emit(Multiply(), [negative, constant], call, part: "/scaled")
    return try net.emit(Add(), [positive, scaled], call)
  }

  @Sendable private static func exponential(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try net.emitElementwise(ELU(alpha: call.number("alpha", otherwise: 1)), try call.input(), call)
  }

  @Sendable private static func thresholded(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try net.emitElementwise(
      ThresholdedReLU(threshold: call.number("theta", otherwise: 1)), try call.input(), call)
  }

  @Sendable private static func softmax(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.input()
    guard call.isChannelAxis(input) else { throw call.error(.unsupported("an axis that is not the last")) }
    return try net.emitElementwise(Softmax(axis: 1), input, call)
  }

  /// The operation of a name; nil for none that is known.
  fileprivate static func operation(_ name: String, isKeras3: Bool) -> (any Operation)? {
    switch name {
    case "relu": ReLU()
    case "relu6": ReLU6()
    case "leaky_relu": LeakyReLU(slope: 0.2)
    case "elu": ELU()
    case "selu": SELU()
    case "gelu": GELU()
    case "silu", "swish": SiLU()
    case "mish": Mish()
    case "hard_silu", "hard_swish": HardSwish()
    // Keras 3 took PyTorch's slope.
    case "hard_sigmoid": isKeras3 ? HardSigmoid() : HardSigmoid(alpha: 0.2)
    case "sigmoid": Sigmoid()
    case "tanh": Tanh()
    case "softplus": Softplus()
    case "softsign": Softsign()
    case "exponential": Exp()
    case "softmax": Softmax(axis: 1)
    case "log_softmax": LogSoftmax(axis: 1)
    default: nil
    }
  }
}

extension KerasAssembler {
  /// The layer's operation, and under the layer's name the activation that is part of it.
  mutating func emitActivated(
    _ operation: any Operation, _ input: KerasValue, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    guard Self.activation(of: call) != nil else { return try emit(operation, input, call) }
    let sum = try emit(operation, input, call, part: "/BiasAdd")
    return try emitActivation(of: sum, call) ?? sum
  }

  /// What the layer's `activation` makes of a value; nil where it has none.
  mutating func emitActivation(
    of value: KerasValue, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue? {
    guard let stated = Self.activation(of: call) else { return nil }
    // A function under its name, registered or not, or a layer in a function's place.
    if let name = stated.string ?? stated["config"]?.string {
      let short = name.split(separator: ">").last.map(String.init) ?? name
      guard let operation = KerasActivations.operation(short, isKeras3: call.isKeras3) else {
        throw call.error(.unsupported("activation=\(name)"))
      }
      return try emitElementwise(operation, value, call)
    }
    let kind = stated["class_name"]?.string ?? ""
    guard let config = stated["config"], let importer = KerasActivations.importers[kind] else {
      throw call.error(.unsupported("activation=\(kind)"))
    }
    let layer = KerasNetwork.Layer(
      name: call.layer.name, kind: kind, config: config, calls: [], network: nil)
    let inner = KerasCall(
      layer: layer, scope: call.scope, inputs: [value], numbers: [], numberIsFirst: false,
      isKeras3: call.isKeras3)
    return try importer(&self, inner)
  }

  private static func activation(of call: KerasCall) -> JSONDocument? {
    switch call.layer.config["activation"] {
    case nil, .null, .string("linear"): nil
    case let stated: stated?["config"] == .string("linear") ? nil : stated
    }
  }
}
