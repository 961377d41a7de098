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

  /// A folded value may not be larger than this: a few numbers in a file must not become gigabytes.
  static let mostElements = 1 << 28

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
    guard let count = Shape(shape).checkedCount, count <= mostElements else {
      throw view.failure(.invalid("a value of the shape \(Shape(shape))"))
    }
    return count
  }
}
