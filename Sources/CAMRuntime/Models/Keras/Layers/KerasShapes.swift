internal import ModelIO

/// Layers that move, cut and enlarge.
enum KerasShapes {
  static let importers: [String: KerasLayerImporter] = [
    "Flatten": flatten, "Reshape": reshape, "ZeroPadding2D": pad, "Cropping2D": crop,
    "UpSampling2D": enlarge, "Resizing": resize,
  ]

  @Sendable private static func flatten(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.input()
    guard input.isMap else { return try net.emitElementwise(Identity(), input, call) }
    var value = try net.emit(Flatten(), input, call)
    if input.shape[2] * input.shape[3] > 1, input.shape[1] > 1 {
      value.flattened = Array(input.shape.dimensions[1...])
    }
    return value
  }

  @Sendable private static func reshape(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let stated = call.layer.config["target_shape"]?.array?.compactMap(\.integer) ?? []
    var input = try net.settled(call.input(), call)
    guard stated.count == 1 || stated.count == 3 else {
      throw call.error(
        .unsupported("a value of \(stated.count + 1) axes: a map or a row of features is wanted"))
    }
    let areOnes = input.isMap && input.shape[2] * input.shape[3] == 1
    if input.isMap, !areOnes {
      input = try net.emit(Transpose([0, 2, 3, 1]), input, call, part: "/channels_last")
    }
    let isPoint = stated.count == 3 && stated[0] == 1 && stated[1] == 1
    guard stated.count == 3, !isPoint else {
      return try net.emit(Reshape(isPoint ? [0, stated[2], 1, 1] : [0, stated[0]]), input, call)
    }
    let rows = try net.emit(Reshape([0] + stated), input, call, part: "/rows")
    return try net.emit(Transpose([0, 3, 1, 2]), rows, call)
  }

  @Sendable private static func pad(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try net.emit(Pad(try call.sides("padding")), try call.map(), call)
  }

  @Sendable private static func crop(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let (input, sides) = (try call.map(), try call.sides("cropping"))
    let slice = Slice(
      starts: [sides.top, sides.left],
      ends: [input.shape[2] - sides.bottom, input.shape[3] - sides.right], axes: [2, 3])
    guard sides.top + sides.bottom < input.shape[2], sides.left + sides.right < input.shape[3] else {
      throw call.error(.invalid("it cuts all of \(input.shape) away"))
    }
    return try net.emit(slice, input, call)
  }

  @Sendable private static func enlarge(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let (input, factor) = (try call.map(), try call.extent("size", otherwise: 2))
    let sizes = [0, 0, input.shape[2] * factor.height, input.shape[3] * factor.width]
    return try net.emit(try resized(to: sizes, call.text("interpolation") ?? "nearest", call), input, call)
  }

  /// TensorFlow resizes to these extents whatever the proportions, without a wider filter.
  @Sendable private static func resize(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    for option in ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"]
    where call.flag(option, otherwise: false) {
      throw call.error(.unsupported("\(option)=True"))
    }
    let sizes = [0, 0, try call.count("height"), try call.count("width")]
    return try net.emit(
      try resized(to: sizes, call.text("interpolation") ?? "bilinear", call), try call.map(), call)
  }

  private static func resized(
    to sizes: [Int], _ filter: String, _ call: KerasCall
  ) throws(KerasImportError) -> Resize {
    switch filter {
    case "nearest": Resize(.sizes(sizes), mode: .nearest(.preferCeil))
    case "bilinear": Resize(.sizes(sizes), mode: .linear)
    default: throw call.error(.unsupported("interpolation=\(filter)"))
    }
  }
}

/// Layers that do something in training only: noise, and changed pictures.
enum KerasTraining {
  static let importers: [String: KerasLayerImporter] = [
    "Dropout": dropout, "SpatialDropout2D": dropout, "AlphaDropout": dropout, "StochasticDepth": dropout,
    "GaussianNoise": passed, "GaussianDropout": passed, "ActivityRegularization": passed,
    "Identity": passed, "RandomFlip": passed, "RandomRotation": passed, "RandomZoom": passed,
    "RandomContrast": passed, "RandomBrightness": passed, "RandomTranslation": passed,
    "RandomHeight": passed, "RandomWidth": passed, "RandomShear": passed, "RandomHue": passed,
    "RandomSaturation": passed, "RandomSharpness": passed, "RandomGrayscale": passed,
    "RandomColorJitter": passed, "RandomColorDegeneration": passed, "RandomPosterization": passed,
    "RandomInvert": passed, "RandomErasing": passed, "RandomPerspective": passed,
    "RandomGaussianBlur": passed, "RandomElasticTransform": passed, "RandAugment": passed, "AugMix": passed,
  ]

  @Sendable private static func dropout(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try net.emitElementwise(Dropout(rate: call.number("rate", "p", otherwise: 0)), try call.input(), call)
  }

  @Sendable private static func passed(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    try net.emitElementwise(Identity(), try call.input(), call)
  }
}
