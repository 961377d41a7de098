internal import ModelIO

/// Normalisations, and what scales pictures at a network's front.
enum KerasNormalizations {
  static let importers: [String: KerasLayerImporter] = [
    "BatchNormalization": batch, "BatchNormalizationV1": batch, "BatchNormalizationV2": batch,
    "SyncBatchNormalization": batch, "LayerNormalization": layer, "GroupNormalization": group,
    "Normalization": normalization, "Rescaling": rescaling, "LayerScale": layerScale,
  ]

  @Sendable private static func batch(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    guard call.isChannelAxis(input) else { throw call.error(.unsupported("an axis that is not the last")) }
    let channels = input.shape[1]
    let (scales, shifts) = (call.flag("scale", otherwise: true), call.flag("center", otherwise: true))
    let first = (scales ? 1 : 0) + (shifts ? 1 : 0)
    let operation = BatchNorm(
      scale: scales ? try net.vector(["gamma"], at: 0, channels, call) : .filled(1, channels),
      shift: shifts ? try net.vector(["beta"], at: first - 1, channels, call) : .filled(0, channels),
      mean: try net.vector(["moving_mean"], at: first, channels, call),
      variance: try net.vector(["moving_variance"], at: first + 1, channels, call),
      epsilon: call.number("epsilon", otherwise: 1e-3), trainsScale: scales)
    return try net.emit(operation, input, call)
  }

  @Sendable private static func layer(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    guard call.isChannelAxis(input), !call.flag("rms_scaling", otherwise: false) else {
      throw call.error(.unsupported("an axis that is not the last, or rms_scaling"))
    }
    let channels = input.shape[1]
    let (scales, shifts) = (call.flag("scale", otherwise: true), call.flag("center", otherwise: true))
    let operation = LayerNorm(
      axis: -1, scale: scales ? try net.vector(["gamma"], at: 0, channels, call) : nil,
      shift: shifts ? try net.vector(["beta"], at: scales ? 1 : 0, channels, call) : nil,
      epsilon: call.number("epsilon", otherwise: 1e-3))
    guard input.isMap else { return try net.emit(operation, input, call) }
    let turned = try net.emit(Transpose([0, 2, 3, 1]), input, call, part: "/channels_last")
    let normal = try net.emit(operation, turned, call, part: "/normal")
    return try net.emit(Transpose([0, 3, 1, 2]), normal, call)
  }

  @Sendable private static func group(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    guard call.isChannelAxis(input) else { throw call.error(.unsupported("an axis that is not the last")) }
    let channels = input.shape[1]
    let (scales, shifts) = (call.flag("scale", otherwise: true), call.flag("center", otherwise: true))
    let groups = call.layer.config["groups"]?.integer ?? 32
    let operation = GroupNorm(
      groups: groups == -1 ? channels : groups,
      scale: scales ? try net.vector(["gamma"], at: 0, channels, call) : nil,
      shift: shifts ? try net.vector(["beta"], at: scales ? 1 : 0, channels, call) : nil,
      epsilon: call.number("epsilon", otherwise: 1e-3))
    return try net.emit(operation, input, call)
  }

  /// (x - mean) / deviation, with statistics that were given or learnt from pictures.
  @Sendable private static func normalization(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    guard call.isChannelAxis(input), !call.flag("invert", otherwise: false) else {
      throw call.error(.unsupported("an axis that is not the last, or invert=True"))
    }
    let channels = input.shape[1]
    let mean = try statistic("mean", at: 0, channels, net, call)
    let variance = try statistic("variance", at: 1, channels, net, call)
    let scale = variance.map { 1 / max($0.squareRoot(), 1e-7) }
    return try net.emit(affine(scale, zip(mean, scale).map { -$0 * $1 }), input, call)
  }

  private static func statistic(
    _ name: String, at place: Int, _ channels: Int, _ net: KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> [Float] {
    guard let stated = flat(call.layer.config[name]), !stated.isEmpty else {
      return try net.vector([name], at: place, channels, call).values
    }
    return try fitting(stated, channels, call)
  }

  /// `scale * x + offset`.
  @Sendable private static func rescaling(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try net.settled(call.input(), call)
    let scale = flat(call.layer.config["scale"]) ?? [1], offset = flat(call.layer.config["offset"]) ?? [0]
    if scale.count == 1, offset.count == 1 {
      return try net.emit(Scale(factor: scale[0], summand: offset[0]), input, call)
    }
    let channels = input.shape[1]
    return try net.emit(
      affine(try fitting(scale, channels, call), try fitting(offset, channels, call)), input, call)
  }

  /// ConvNeXt's factor for each channel.
  @Sendable private static func layerScale(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.input()
    let gamma = try net.vector(["gamma", "variable"], at: 0, input.shape[1], call)
    return try net.emit(affine(gamma.values, [0]), input, call)
  }

  private static func affine(_ scale: [Float], _ shift: [Float]) -> BatchNorm {
    let channels = scale.count
    let shift = shift.count == 1 ? [Float](repeating: shift[0], count: channels) : shift
    return BatchNorm(
      scale: Tensor([channels], values: scale), shift: Tensor([channels], values: shift),
      mean: .filled(0, channels), variance: .filled(1, channels), epsilon: 0)
  }

  /// A number or numbers in lists of lists.
  private static func flat(_ document: JSONDocument?) -> [Float]? {
    if let number = document?.number { return [number] }
    return document?.array.map { $0.flatMap { flat($0) ?? [] } }
  }

  private static func fitting(
    _ values: [Float], _ channels: Int, _ call: KerasCall
  ) throws(KerasImportError) -> [Float] {
    if values.count == 1 { return [Float](repeating: values[0], count: channels) }
    guard values.count == channels else {
      throw call.error(.invalid("it has \(values.count) numbers for \(channels) channels"))
    }
    return values
  }
}

extension Tensor {
  /// The same number `count` times.
  static func filled(_ value: Float, _ count: Int) -> Tensor {
    Tensor([count], values: [Float](repeating: value, count: count))
  }
}
