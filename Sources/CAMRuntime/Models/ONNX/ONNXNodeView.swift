internal import ModelIO

/// A node of the model with its inputs looked up: what the importer of an operation sees.
struct ONNXNodeView {
  let node: ONNXNode
  /// Nil where an optional input is left out.
  let inputs: [ImportedValue?]
  /// The version of the operator set that the node belongs to.
  let opset: Int
  /// Which inputs are integers in the model.
  var integerInputs: [Bool] = []
  /// Outputs that nothing reads.
  var unread: Set<String> = []
  /// How many numbers a value that is known at import may have.
  var room = ONNXFolding.leastRoom
  /// How many of the node's outputs are used or named.
  var outputCount: Int { node.outputs.count }

  /// The name for the value that the node gives.
  var valueName: String { node.outputs.first ?? node.label }

  /// Whether output `index` has a name.
  func namesOutput(_ index: Int) -> Bool {
    node.outputs.indices.contains(index) && !node.outputs[index].isEmpty
  }

  /// Whether output `index` has a name under which somebody may read it.
  func wantsOutput(_ index: Int) -> Bool {
    namesOutput(index) && !unread.contains(node.outputs[index])
  }

  /// Whether an input holds integers in the model.
  func isInteger(_ index: Int) -> Bool { integerInputs.indices.contains(index) && integerInputs[index] }

  func failure(_ cause: ONNXImportError.Cause) -> ONNXImportError {
    let domain = node.domain.isEmpty ? "" : node.domain + "."
    return ONNXImportError(cause, node: node.label, operation: domain + node.operation, opset: opset)
  }

  /// An input that must be there.
  func input(_ index: Int) throws(ONNXImportError) -> ImportedValue {
    guard let value = optionalInput(index) else { throw failure(.missing("input \(index)")) }
    return value
  }

  func optionalInput(_ index: Int) -> ImportedValue? { inputs.indices.contains(index) ? inputs[index] : nil }

  /// An input that must be known at import, nil where it is left out.
  func constant(_ index: Int, _ name: String) throws(ONNXImportError) -> FoldedTensor? {
    switch optionalInput(index) {
    case nil: return nil
    case .constant(let value): return value
    case .node: throw failure(.notConstant("'\(name)' (input \(index))"))
    }
  }

  func tensor(_ index: Int, _ name: String) throws(ONNXImportError) -> Tensor? {
    guard let folded = try constant(index, name) else { return nil }
    guard let tensor = folded.tensor else {
      throw failure(folded.inexactInteger == nil ? .notConstant("'\(name)'") : .unsupported(folded.refusal))
    }
    return tensor
  }

  func requiredTensor(_ index: Int, _ name: String) throws(ONNXImportError) -> Tensor {
    guard let tensor = try tensor(index, name) else { throw failure(.missing("'\(name)' (input \(index))")) }
    return tensor
  }

  func scalar(_ index: Int, _ name: String) throws(ONNXImportError) -> Float? {
    guard let folded = try constant(index, name) else { return nil }
    guard let value = folded.scalar else {
      throw failure(
        folded.inexactInteger == nil ? .invalid("'\(name)' is not one number") : .unsupported(folded.refusal))
    }
    return value
  }

  /// A number that earlier versions have as an attribute and later ones as an input.
  func number(attribute: String, orInput index: Int) throws(ONNXImportError) -> Float? {
    if let value = node.float(attribute) { return value }
    return try scalar(index, attribute)
  }

  /// Integers that earlier versions have as an attribute and later ones as an input.
  func integers(attribute: String, orInput index: Int) throws(ONNXImportError) -> [Int]? {
    if let values = node.integers(attribute) { return values }
    guard let folded = try constant(index, attribute) else { return nil }
    guard let values = folded.knownIntegers else { throw failure(.notConstant("'\(attribute)'")) }
    return values
  }

  func symbolicIntegers(_ index: Int, _ name: String) throws(ONNXImportError) -> [SymbolicInteger]? {
    guard let folded = try constant(index, name) else { return nil }
    guard let values = folded.symbolicIntegers else { throw failure(.invalid("'\(name)' holds fractions")) }
    return values
  }
}
