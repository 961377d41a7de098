internal import ModelIO

/// Normalisations by stored or by the input's own statistics.
enum ONNXNormalizations {
  static let importers: [String: ONNXOperatorImporter] = [
    "BatchNormalization": { view, net throws(ONNXImportError) in try batch(view, &net) },
    "LayerNormalization": { view, net throws(ONNXImportError) in try layer(view, &net) },
    "InstanceNormalization": { view, net throws(ONNXImportError) in
      let norm = InstanceNorm(
        scale: try view.tensor(1, "scale"), shift: try view.tensor(2, "B"), epsilon: epsilon(view))
      return [try net.emit(norm, [try view.input(0)], for: view)]
    },
    "RMSNormalization": { view, net throws(ONNXImportError) in [try rootMeanSquare(view, &net)] },
    "LpNormalization": { view, net throws(ONNXImportError) in [try length(view, &net)] },
    "GroupNormalization": { view, net throws(ONNXImportError) in [try group(view, &net)] },
    "MeanVarianceNormalization": { view, net throws(ONNXImportError) in [try meanVariance(view, &net)] },
    "LRN": { view, net throws(ONNXImportError) in
      guard let size = view.node.integer("size") else { throw view.failure(.missing("'size'")) }
      let norm = LRN(
        size: size, alpha: view.node.float("alpha") ?? 1e-4, beta: view.node.float("beta") ?? 0.75,
        k: view.node.float("bias") ?? 1)
      return [try net.emit(norm, [try view.input(0)], for: view)]
    },
  ]

  /// x less its mean, over its deviation along axes; of the batch only where that is not free.
  private static func meanVariance(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let rank = net.shape(of: input).count
    let axes = (view.node.integers("axes") ?? [0, 2, 3]).map { $0 < 0 ? $0 + rank : $0 }
    if net.batchIsFree, axes.contains(0) { throw view.failure(.unsupported("statistics of the batch")) }
    let mean = try net.emit(ReduceMean(axes: axes), [input], for: view, part: "mean")
    let centred = try net.emit(Subtract(), [input, mean], for: view, part: "centred")
    let squares = try net.emit(Multiply(), [centred, centred], for: view, part: "squares")
    let variance = try net.emit(ReduceMean(axes: axes), [squares], for: view, part: "variance")
    let deviation = try net.emit(Sqrt(), [variance], for: view, part: "deviation")
    let shifted = try net.emit(Scale(factor: 1, summand: 1e-9), [deviation], for: view, part: "shifted")
    return try net.emit(Divide(), [centred, shifted], for: view)
  }

  /// x over the root of the mean of its squares along the axes from `axis` on, times a scale.
  private static func rootMeanSquare(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let rank = net.shape(of: input).count
    let first = try axis(of: rank, view)
    let squares = try net.emit(Multiply(), [input, input], for: view, part: "squares")
    let mean = try net.emit(ReduceMean(axes: Array(first..<rank)), [squares], for: view, part: "mean")
    let shifted = try net.emit(Scale(factor: 1, summand: epsilon(view)), [mean], for: view, part: "shifted")
    let root = try net.emit(Sqrt(), [shifted], for: view, part: "root")
    let normal = try net.emit(Divide(), [input, root], for: view, part: "normalised")
    return try net.emit(Multiply(), [normal, try view.input(1)], for: view)
  }

  /// x over its length along an axis; where that is zero, x (which is zero then).
  private static func length(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let axes = [try axis(of: net.shape(of: input).count, view)]
    let isCity = view.node.integer("p") == 1
    let terms =
      try isCity
      ? net.emit(Abs(), [input], for: view, part: "terms")
      : net.emit(Multiply(), [input, input], for: view, part: "terms")
    let sum = try net.emit(ReduceSum(axes: axes), [terms], for: view, part: "sum")
    let size = isCity ? sum : try net.emit(Sqrt(), [sum], for: view, part: "length")
    let zero = ImportedValue.constant(FoldedTensor(Tensor([], values: [0])))
    let one = ImportedValue.constant(FoldedTensor(Tensor([], values: [1])))
    let isZero = try net.emit(Compare(.equal), [sum, zero], for: view, part: "zero")
    let divisor = try net.emit(Where(), [isZero, one, size], for: view, part: "divisor")
    return try net.emit(Divide(), [input, divisor], for: view)
  }

  /// The axis that the node states, -1 where it states none, counted from the front.
  private static func axis(of rank: Int, _ view: ONNXNodeView) throws(ONNXImportError) -> Int {
    let stated = view.node.integer("axis") ?? -1
    let axis = stated < 0 ? stated + rank : stated
    guard (0..<rank).contains(axis) else { throw view.failure(.invalid("there is no axis \(stated)")) }
    return axis
  }

  private static func layer(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    let input = try view.input(0)
    let rank = net.shape(of: input).count
    let first = try axis(of: rank, view)
    let norm = LayerNorm(
      axis: first, scale: try view.tensor(1, "Scale"), shift: try view.tensor(2, "B"), epsilon: epsilon(view))
    var results = [try net.emit(norm, [input], for: view)]
    guard view.wantsOutput(1) || view.wantsOutput(2) else { return results }
    let axes = Array(first..<rank)
    let mean = try net.emit(ReduceMean(axes: axes), [input], for: view, part: "mean")
    let centred = try net.emit(Subtract(), [input, mean], for: view, part: "centred")
    let squares = try net.emit(Multiply(), [centred, centred], for: view, part: "squares")
    let variance = try net.emit(ReduceMean(axes: axes), [squares], for: view, part: "variance")
    let shifted = try net.emit(
      Scale(factor: 1, summand: epsilon(view)), [variance], for: view, part: "shifted")
    let deviation = try net.emit(Sqrt(), [shifted], for: view, part: "deviation")
    results += [mean, try net.emit(Reciprocal(), [deviation], for: view, part: "inverse")]
    return results
  }

  static func epsilon(_ view: ONNXNodeView) -> Float { view.node.float("epsilon") ?? 1e-5 }

  private static func batch(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    // Before version 14 a node that names its other outputs is in training mode, read or not.
    if view.node.integer("training_mode") == 1 || view.namesOutput(1) {
      return try ONNXBatchStatistics.normalized(view, &net)
    }
    let norm = BatchNorm(
      scale: try view.requiredTensor(1, "scale"), shift: try view.requiredTensor(2, "B"),
      mean: try view.requiredTensor(3, "input_mean"), variance: try view.requiredTensor(4, "input_var"),
      epsilon: epsilon(view))
    return [try net.emit(norm, [try view.input(0)], for: view)]
  }

  /// Before version 21 scale and shift stand for groups, since then for channels.
  private static func group(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    guard let groups = view.node.integer("num_groups"), groups > 0 else {
      throw view.failure(.missing("'num_groups'"))
    }
    let input = try view.input(0)
    let shape = net.shape(of: input)
    guard shape.count > 1, shape[1] % groups == 0 else {
      throw view.failure(.invalid("\(Shape(shape)) does not split into \(groups) groups"))
    }
    func perChannel(_ tensor: Tensor) -> Tensor {
      guard view.opset < 21, tensor.count == groups, groups != shape[1] else { return tensor }
      let values = tensor.values
      return Tensor([shape[1]], values: (0..<shape[1]).map { values[$0 / (shape[1] / groups)] })
    }
    let norm = GroupNorm(
      groups: groups, scale: perChannel(try view.requiredTensor(1, "scale")),
      shift: perChannel(try view.requiredTensor(2, "bias")), epsilon: epsilon(view))
    return try net.emit(norm, [input], for: view)
  }
}
