internal import ModelIO

/// Sums, means and extremes along axes.
enum ONNXReductions {
  private typealias Make = @Sendable ([Int], Bool) -> any Operation

  static let importers: [String: ONNXOperatorImporter] = [
    "ReduceMean": plain { ReduceMean(axes: $0, keepsDimensions: $1) },
    "ReduceSum": plain { ReduceSum(axes: $0, keepsDimensions: $1) },
    "ReduceMax": plain { ReduceMax(axes: $0, keepsDimensions: $1) },
    "ReduceMin": plain { ReduceMin(axes: $0, keepsDimensions: $1) },
    "ReduceL1": composed(before: Abs(), after: nil) { ReduceSum(axes: $0, keepsDimensions: $1) },
    "ReduceL2": composed(before: Pow(exponent: 2), after: Sqrt()) {
      ReduceSum(axes: $0, keepsDimensions: $1)
    },
    "ReduceSumSquare": composed(before: Pow(exponent: 2), after: nil) {
      ReduceSum(axes: $0, keepsDimensions: $1)
    },
    "ReduceLogSum": composed(before: nil, after: Log()) { ReduceSum(axes: $0, keepsDimensions: $1) },
  ]

  private static func plain(_ make: @escaping Make) -> ONNXOperatorImporter {
    composed(before: nil, after: nil, make)
  }

  private static func composed(
    before: (any Operation)?, after: (any Operation)?, _ make: @escaping Make
  ) -> ONNXOperatorImporter {
    { view, net throws(ONNXImportError) in
      var value = try view.input(0)
      if let before { value = try net.emit(before, [value], for: view, part: "terms") }
      value = try reduction(of: value, part: after == nil ? nil : "sum", view, &net, make)
      if let after { value = try net.emit(after, [value], for: view) }
      return [value]
    }
  }

  private static func reduction(
    of value: ImportedValue, part: String?, _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ make: Make
  ) throws(ONNXImportError) -> ImportedValue {
    let rank = net.shape(of: value).count
    let stated = try view.integers(attribute: "axes", orInput: 1) ?? []
    if stated.isEmpty, view.node.integer("noop_with_empty_axes") == 1 {
      return try net.emit(Identity(), [value], for: view, part: part)
    }
    let axes = (stated.isEmpty ? Array(0..<rank) : stated.map { $0 < 0 ? $0 + rank : $0 }).sorted()
    let keeps = view.node.integer("keepdims") ?? 1 != 0
    let operation = make(axes, keeps)
    // The mean over a map's places is global pooling, whatever the exporter calls it: the ablation engine knows that.
    guard operation is ReduceMean, rank == 4, axes == [2, 3] else {
      return try net.emit(operation, [value], for: view, part: part)
    }
    if keeps { return try net.emit(GlobalAveragePool(), [value], for: view, part: part) }
    let pooled = try net.emit(GlobalAveragePool(), [value], for: view, part: "pooled")
    return try net.emit(Flatten(axis: 1), [pooled], for: view, part: part)
  }
}
