internal import ModelIO

/// Resampling.
enum ONNXResizing {
  static let importers: [String: ONNXOperatorImporter] = [
    "Resize": { view, net throws(ONNXImportError) in [try resize(view, &net)] },
    "Upsample": { view, net throws(ONNXImportError) in
      let input = try view.input(0)
      var scales = view.node.floats("scales")
      if scales == nil { scales = try view.tensor(1, "scales")?.values }
      guard let scales else { throw view.failure(.missing("'scales'")) }
      return [try old(input, scales, view, &net)]
    },
  ]

  /// Before version 11: factors only, coordinates without offset.
  private static func old(
    _ input: ImportedValue, _ scales: [Float], _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let mode = view.node.string("mode") ?? "nearest"
    guard mode == "nearest" || mode == "linear" else { throw view.failure(.unsupported("mode '\(mode)'")) }
    let operation = Resize(
      .scales(scales), mode: mode == "nearest" ? .nearest(.floor) : .linear, coordinates: .asymmetric)
    return try net.emit(operation, [input], for: view)
  }

  private static func resize(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    if view.opset < 11 {
      return try old(input, try view.requiredTensor(1, "scales").values, view, &net)
    }
    let shape = net.shape(of: input)
    let stated = view.node.integers("axes") ?? Array(shape.indices)
    let axes = stated.map { $0 < 0 ? $0 + shape.count : $0 }
    guard axes.allSatisfy(shape.indices.contains) else { throw view.failure(.invalid("axes \(stated)")) }
    let operation = Resize(
      try target(view, net, axes), mode: try mode(view),
      coordinates: try coordinates(view, rank: shape.count, axes),
      antialias: view.node.integer("antialias") == 1,
      excludesOutside: view.node.integer("exclude_outside") == 1)
    return try net.emit(operation, [input], for: view)
  }

  private static func target(
    _ view: ONNXNodeView, _ net: ONNXAssembler, _ axes: [Int]
  ) throws(ONNXImportError) -> Resize.Target {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    if let scales = try view.tensor(2, "scales")?.values, !scales.isEmpty {
      guard scales.count == axes.count else { throw view.failure(.invalid("\(scales.count) scales")) }
      var all = [Float](repeating: 1, count: shape.count)
      for (axis, scale) in zip(axes, scales) { all[axis] = scale }
      return .scales(all)
    }
    guard let sizes = try view.symbolicIntegers(3, "sizes"), sizes.count == axes.count else {
      throw view.failure(.missing("'scales' or 'sizes' for each axis"))
    }
    let own = net.symbolicShape(of: input)
    var all = [Int](repeating: 0, count: shape.count)
    for (axis, size) in zip(axes, sizes) {
      if size == own[axis] || (axis == 0 && own[0].known == nil && size.known == net.declaredBatch) {
        continue
      }
      guard let known = size.known, known > 0 else { throw view.failure(.notConstant("'sizes'")) }
      all[axis] = known
    }
    return try keepingProportions(view, all, shape, axes)
  }

  /// `keep_aspect_ratio_policy`: one factor for all axes.
  private static func keepingProportions(
    _ view: ONNXNodeView, _ sizes: [Int], _ shape: [Int], _ axes: [Int]
  ) throws(ONNXImportError) -> Resize.Target {
    let policy = view.node.string("keep_aspect_ratio_policy") ?? "stretch"
    if policy == "stretch" { return .sizes(sizes) }
    let factors = axes.map { sizes[$0] == 0 ? 1 : Double(sizes[$0]) / Double(max(shape[$0], 1)) }
    guard let factor = policy == "not_larger" ? factors.min() : factors.max() else { return .sizes(sizes) }
    guard factor == 1 || !axes.contains(0) else {
      throw view.failure(.unsupported("a batch that is resized with the picture"))
    }
    var result = sizes
    for axis in axes where sizes[axis] != 0 || factor != 1 {
      result[axis] = Int((factor * Double(shape[axis]) + 0.5).rounded(.down))
    }
    return .proportional(result, factor: Float(factor))
  }

  private static func mode(_ view: ONNXNodeView) throws(ONNXImportError) -> Resize.Mode {
    switch view.node.string("mode") ?? "nearest" {
    case "linear": return .linear
    case "cubic": return .cubic(view.node.float("cubic_coeff_a") ?? -0.75)
    case "nearest":
      switch view.node.string("nearest_mode") ?? "round_prefer_floor" {
      case "round_prefer_floor": return .nearest(.preferFloor)
      case "round_prefer_ceil": return .nearest(.preferCeil)
      case "floor": return .nearest(.floor)
      case "ceil": return .nearest(.ceil)
      case let other: throw view.failure(.unsupported("nearest_mode '\(other)'"))
      }
    case let other: throw view.failure(.unsupported("mode '\(other)'"))
    }
  }

  private static func coordinates(
    _ view: ONNXNodeView, rank: Int, _ axes: [Int]
  ) throws(ONNXImportError) -> Resize.Coordinates {
    switch view.node.string("coordinate_transformation_mode") ?? "half_pixel" {
    case "half_pixel": return .halfPixel
    case "half_pixel_symmetric": return .halfPixelSymmetric
    case "pytorch_half_pixel": return .pytorchHalfPixel
    case "align_corners": return .alignCorners
    case "asymmetric": return .asymmetric
    case "tf_crop_and_resize":
      let region = try view.requiredTensor(1, "roi").values
      guard region.count == 2 * axes.count else {
        throw view.failure(.invalid("'roi' has \(region.count) numbers"))
      }
      var starts = [Float](repeating: 0, count: rank)
      var ends = [Float](repeating: 1, count: rank)
      for (place, axis) in axes.enumerated() {
        starts[axis] = region[place]
        ends[axis] = region[place + axes.count]
      }
      return .crop(starts: starts, ends: ends, outside: view.node.float("extrapolation_value") ?? 0)
    case let other: throw view.failure(.unsupported("coordinate_transformation_mode '\(other)'"))
    }
  }
}
