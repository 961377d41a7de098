internal import ModelIO

/// Comparisons, truth values (one and zero) and choices between values.
enum ONNXLogic {
  static let importers: [String: ONNXOperatorImporter] = [
    "Less": compare(.less),
    "LessOrEqual": compare(.lessOrEqual),
    "Greater": compare(.greater),
    "GreaterOrEqual": compare(.greaterOrEqual),
    "Equal": compare(.equal),
    "And": { view, net throws(ONNXImportError) in
      [try net.emit(Multiply(), [try view.input(0), try view.input(1)], for: view)]
    },
    "Or": { view, net throws(ONNXImportError) in
      [try net.emit(Maximum(), [try view.input(0), try view.input(1)], for: view)]
    },
    "Xor": { view, net throws(ONNXImportError) in
      let operands = [try view.input(0), try view.input(1)]
      return [try opposite(of: try net.emit(Compare(.equal), operands, for: view, part: "equal"), view, &net)]
    },
    "Not": { view, net throws(ONNXImportError) in [try opposite(of: try view.input(0), view, &net)] },
    "IsNaN": { view, net throws(ONNXImportError) in
      // Only what is not a number differs from itself.
      let value = try view.input(0)
      let same = try net.emit(Compare(.equal), [value, value], for: view, part: "same")
      return [try opposite(of: same, view, &net)]
    },
    "IsInf": { view, net throws(ONNXImportError) in [try isInfinite(view, &net)] },
    "Where": { view, net throws(ONNXImportError) in
      [try net.emit(Where(), [try view.input(0), try view.input(1), try view.input(2)], for: view)]
    },
  ]

  private static func compare(_ relation: Compare.Relation) -> ONNXOperatorImporter {
    { view, net throws(ONNXImportError) in
      [try net.emit(Compare(relation), [try view.input(0), try view.input(1)], for: view)]
    }
  }

  /// One minus a truth value.
  private static func opposite(
    of value: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    try net.emit(Scale(factor: -1, summand: 1), [value], for: view)
  }

  /// One where a number is not zero, as a cast to truth values makes it.
  static func truth(
    of value: ImportedValue, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let isZero = try net.emit(Compare(.equal), [value, number(0)], for: view, part: "zero")
    return try opposite(of: isZero, view, &net)
  }

  private static func isInfinite(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    var value = try view.input(0)
    let above = view.node.integer("detect_positive") ?? 1 != 0
    let below = view.node.integer("detect_negative") ?? 1 != 0
    if above, below { value = try net.emit(Abs(), [value], for: view, part: "size") }
    guard above || below else {
      let never = number(.nan)
      return try net.emit(Compare(.equal), [value, never], for: view)
    }
    return try net.emit(Compare(.equal), [value, number(above ? .infinity : -.infinity)], for: view)
  }

  private static func number(_ value: Float) -> ImportedValue {
    .constant(FoldedTensor(Tensor([], values: [value])))
  }
}
