internal import ModelIO

/// Computes what does not depend on the picture: shape arithmetic and rearranged weights.
enum ONNXFolding {
  typealias Rule = @Sendable (ONNXNodeView, [FoldedTensor]) throws(ONNXImportError) -> [FoldedTensor]?

  /// THE list, by family.
  private static let families: [[String: Rule]] = [
    ONNXFoldedConstants.rules, ONNXFoldedArithmetic.rules, ONNXFoldedShapes.rules, ONNXFoldedParts.rules,
  ]

  private static let rules: [String: Rule] = families.reduce(into: [:]) { all, family in
    all.merge(family) { first, _ in first }
  }

  /// How many numbers a value that is known at import may have: those of the file, and some more.
  ///
  /// A few numbers in a file must not become gigabytes.
  static func room(for model: ONNXModel) -> Int {
    let tensors = model.graph.initializers + model.graph.nodes.compactMap { $0.tensor("value") }
    return leastRoom + tensors.reduce(0) { $0 + $1.bytes.count }
  }

  /// The room where a file has no weights.
  static let leastRoom = 1 << 22

  /// The node's values where all its inputs are known and a rule applies; nil otherwise.
  static func fold(_ view: ONNXNodeView) throws(ONNXImportError) -> [FoldedTensor]? {
    guard let rule = rules[view.node.operation], view.node.domain.isEmpty else { return nil }
    var inputs: [FoldedTensor] = []
    for input in view.inputs {
      switch input {
      case .constant(let folded): inputs.append(folded)
      case .node: return nil
      // An optional input in between keeps its place by an empty value.
      case nil: inputs.append(FoldedTensor(shape: [0], integers: []))
      }
    }
    return try rule(view, inputs)
  }

  /// The number of elements of a shape that folding may make.
  static func count(_ shape: [Int], _ view: ONNXNodeView) throws(ONNXImportError) -> Int {
    guard let count = Shape(shape).checkedCount, count <= view.room else {
      throw view.failure(.tooLarge("\(Shape(shape)) numbers", most: view.room))
    }
    return count
  }
}
