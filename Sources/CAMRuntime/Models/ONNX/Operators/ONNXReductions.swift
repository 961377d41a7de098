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
    "ReduceLogSumExp": { view, net throws(ONNXImportError) in [try logSumExp(view, &net)] },
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

  /// The axes to join, counted from the front and in order; nil where the node says that no axes means none.
  private static func axes(of rank: Int, _ view: ONNXNodeView) throws(ONNXImportError) -> [Int]? {
    let stated = try view.integers(attribute: "axes", orInput: 1) ?? []
    if stated.isEmpty { return view.node.integer("noop_with_empty_axes") == 1 ? nil : Array(0..<rank) }
    return stated.map { $0 < 0 ? $0 + rank : $0 }.sorted()
  }

  private static func keepsDimensions(_ view: ONNXNodeView) -> Bool {
    view.node.integer("keepdims") ?? 1 != 0
  }

  /// The logarithm of the sum of exponentials, which are taken of differences to the greatest value: none overflows.
  private static func logSumExp(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let value = try view.input(0)
    guard let axes = try axes(of: net.shape(of: value).count, view) else {
      return try net.emit(Identity(), [value], for: view)
    }
    let greatest = try net.emit(ReduceMax(axes: axes), [value], for: view, part: "greatest")
    let below = try net.emit(Subtract(), [value, greatest], for: view, part: "below")
    let terms = try net.emit(Exp(), [below], for: view, part: "terms")
    let sum = try net.emit(ReduceSum(axes: axes), [terms], for: view, part: "sum")
    let logarithm = try net.emit(Log(), [sum], for: view, part: "logarithm")
    let keeps = keepsDimensions(view)
    let whole = try net.emit(Add(), [logarithm, greatest], for: view, part: keeps ? nil : "whole")
    return keeps ? whole : try net.emit(Squeeze(axes: axes), [whole], for: view)
  }

  private static func reduction(
    of value: ImportedValue, part: String?, _ view: ONNXNodeView, _ net: inout ONNXAssembler, _ make: Make
  ) throws(ONNXImportError) -> ImportedValue {
    let rank = net.shape(of: value).count
    guard let axes = try axes(of: rank, view) else {
      return try net.emit(Identity(), [value], for: view, part: part)
    }
    let keeps = keepsDimensions(view)
    // Of maps whose channels come last: the same of the maps, where what is left has the same order.
    if let map = net.unturned(value), keeps || axes == [1, 2] {
      let joined = try joined(
        map, net.unturned(axes: axes), keeps: keeps, part: part, view, &net, make)
      return keeps ? try net.turned(joined, for: view, part: part) : joined
    }
    return try joined(value, axes, keeps: keeps, part: part, view, &net, make)
  }

  private static func joined(
    _ value: ImportedValue, _ axes: [Int], keeps: Bool, part: String?, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler, _ make: Make
  ) throws(ONNXImportError) -> ImportedValue {
    let rank = net.shape(of: value).count
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
