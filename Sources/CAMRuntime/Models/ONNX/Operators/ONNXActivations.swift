internal import ModelIO

/// Operations on single elements with one input, and softmax.
enum ONNXActivations {
  static let importers: [String: ONNXOperatorImporter] = [
    "Relu": plain { _ in ReLU() },
    "LeakyRelu": plain { LeakyReLU(slope: $0.float("alpha") ?? 0.01) },
    "Sigmoid": plain { _ in Sigmoid() },
    "Tanh": plain { _ in Tanh() },
    "HardSigmoid": plain { HardSigmoid(alpha: $0.float("alpha") ?? 0.2, beta: $0.float("beta") ?? 0.5) },
    "HardSwish": plain { _ in HardSwish() },
    "Gelu": plain { GELU($0.string("approximate") == "tanh" ? .tanh : .exact) },
    "Elu": plain { ELU(alpha: $0.float("alpha") ?? 1) },
    "Selu": plain { SELU(alpha: $0.float("alpha") ?? 1.6732632, gamma: $0.float("gamma") ?? 1.0507010) },
    "Mish": plain { _ in Mish() },
    "Softplus": plain { _ in Softplus() },
    "Softsign": plain { _ in Softsign() },
    "Abs": plain { _ in Abs() },
    "Neg": plain { _ in Neg() },
    "Exp": plain { _ in Exp() },
    "Log": plain { _ in Log() },
    "Sqrt": plain { _ in Sqrt() },
    "Reciprocal": plain { _ in Reciprocal() },
    "Erf": plain { _ in Erf() },
    "Sin": plain { _ in Sine() },
    "Cos": plain { _ in Cosine() },
    "Swish": { view, net throws(ONNXImportError) in
      try around(SiLU(), scale: view.node.float("alpha") ?? 1, view, &net)
    },
    "Floor": plain { _ in Round(.down) },
    "Ceil": plain { _ in Round(.up) },
    "Round": plain { _ in Round() },
    "Sign": plain { _ in Sign() },
    "ThresholdedRelu": plain { ThresholdedReLU(threshold: $0.float("alpha") ?? 1) },
    "Shrink": plain { Shrink(threshold: $0.float("lambd") ?? 0.5, shift: $0.float("bias") ?? 0) },
    "Celu": { view, net throws(ONNXImportError) in
      try around(ELU(), scale: 1 / (view.node.float("alpha") ?? 1), view, &net)
    },
    "Clip": { view, net throws(ONNXImportError) in [try clip(view, &net)] },
    "PRelu": { view, net throws(ONNXImportError) in [try prelu(view, &net)] },
    "Softmax": { view, net throws(ONNXImportError) in [try softmax(view, &net) { Softmax(axis: $0) }] },
    "LogSoftmax": { view, net throws(ONNXImportError) in [try softmax(view, &net) { LogSoftmax(axis: $0) }] },
  ]

  private static func plain(_ make: @escaping @Sendable (ONNXNode) -> any Operation) -> ONNXOperatorImporter {
    { view, net throws(ONNXImportError) in [try net.emit(make(view.node), [try view.input(0)], for: view)] }
  }

  /// f(scale x) / scale.
  private static func around(
    _ operation: any Operation, scale: Float, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    guard scale != 0, scale.isFinite else { throw view.failure(.invalid("'alpha' leaves nothing")) }
    let input = try view.input(0)
    if scale == 1 { return [try net.emit(operation, [input], for: view)] }
    let scaled = try net.emit(Scale(factor: scale), [input], for: view, part: "scaled")
    let value = try net.emit(operation, [scaled], for: view, part: "activated")
    return [try net.emit(Scale(factor: 1 / scale), [value], for: view)]
  }

  /// Bounds are attributes before version 11 and inputs since.
  private static func clip(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let least = try view.number(attribute: "min", orInput: 1) ?? -.infinity
    let greatest = try view.number(attribute: "max", orInput: 2) ?? .infinity
    return try net.emit(clip(from: least, to: greatest), [try view.input(0)], for: view)
  }

  /// The rectifier that bounds amount to, where they do.
  static func clip(from least: Float, to greatest: Float) -> any Operation {
    switch (least, greatest) {
    case (0, 6): ReLU6()
    case (0, .infinity), (0, Float.greatestFiniteMagnitude): ReLU()
    // As the standard says, the greatest value wins where the bounds cross.
    default: Clip(minimum: min(least, greatest), maximum: greatest)
    }
  }

  private static func prelu(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    let slope = try view.requiredTensor(1, "slope")
    // One slope for a channel broadcasts against [C, ...]: its extents behind the channels are one.
    let aligned = [Int](repeating: 1, count: max(shape.count - slope.shape.rank, 0)) + slope.shape.dimensions
    let perChannel =
      shape.count > 1 && slope.count == shape[1] && aligned.count == shape.count && aligned[1] == shape[1]
    if slope.count == 1 || perChannel {
      return try net.emit(PReLU(slope: slope.reshaped([slope.count])), [input], for: view)
    }
    let positive = try net.emit(ReLU(), [input], for: view, part: "positive")
    let negative = try net.emit(Clip(maximum: 0), [input], for: view, part: "negative")
    let scaled = try net.emit(
      Multiply(), [negative, .constant(FoldedTensor(slope))], for: view, part: "scaled")
    return try net.emit(Add(), [positive, scaled], for: view)
  }

  /// Before version 13 all axes from `axis` on (1 unless stated) count as one; since then only `axis` (the last).
  private static func softmax(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler, make: (Int) -> any Operation
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    let stated = view.node.integer("axis") ?? (view.opset < 13 ? 1 : -1)
    let axis = stated < 0 ? stated + shape.count : stated
    guard shape.indices.contains(axis) else { throw view.failure(.invalid("there is no axis \(stated)")) }
    if view.opset >= 13 || shape[(axis + 1)...].allSatisfy({ $0 == 1 }) {
      return try net.emit(make(axis), [input], for: view)
    }
    // The extents before the axis stay apart, the batch among them.
    let leading = net.batchIsFree && axis > 0 ? [0] + shape[1..<axis] : Array(shape[..<axis])
    let flat = try net.emit(Reshape(leading + [-1]), [input], for: view, part: "flat")
    let result = try net.emit(make(axis), [flat], for: view, part: "normalised")
    let restored = net.batchIsFree && axis > 0 ? [0] + shape.dropFirst() : shape
    return try net.emit(Reshape(restored), [result], for: view)
  }
}
