/// What can be wrong with a graph or with what is asked of one.
package enum GraphError: Error, Equatable {
  /// An operation got another number of inputs than it takes.
  case inputCount(kind: String, expected: String, found: Int)
  /// An operation cannot take inputs of these shapes; `reason` says which rule they break.
  case shape(kind: String, inputs: [Shape], reason: String)
  /// An operation that computes would get or give a value without elements.
  case noElements(kind: String, inputs: [Shape])
  /// A parameter of an operation does not fit its input.
  case parameterShape(kind: String, name: String, expected: Shape, found: Shape)
  /// The value of a node would have more elements than memory has addresses, or a negative extent.
  case impossibleShape(node: String, shape: Shape)
  /// Two nodes or aliases have one name.
  case duplicateName(String)
  /// An input names a node that is not in the builder.
  case unknownNode(Int)
  /// The graph has no input or more than one.
  case inputs(Int)
  /// Something was wrong at the node of this name.
  indirect case node(String, GraphError)
  /// A tensor that was handed in has another shape than the graph wants there.
  case valueShape(node: String, expected: Shape, found: Shape)
  /// One node does not lie behind the other.
  case notDownstream(node: String, of: String)
  /// The operation has no reverse pass.
  case notDifferentiable(kind: String)
  /// Something needs more memory than there is, so it was not begun.
  case noRoom(for: String, bytes: Int, available: Int)
}

extension GraphError: CustomStringConvertible {
  /// One line that names the node, what was expected and what was found.
  package var description: String {
    switch self {
    case .inputCount(let kind, let expected, let found):
      "\(kind) takes \(expected), found \(found)"
    case .shape(let kind, let inputs, let reason):
      "\(kind) cannot take \(inputs.map(\.description).joined(separator: ", ")): \(reason)"
    case .noElements(let kind, let inputs):
      "\(kind) has nothing to compute of \(inputs.map(\.description).joined(separator: ", ")), a value without elements"
    case .parameterShape(let kind, let name, let expected, let found):
      "\(kind) needs \(name) of \(expected), found \(found)"
    case .impossibleShape(let node, let shape): "node '\(node)' cannot have the shape \(shape)"
    case .duplicateName(let name): "two nodes are named '\(name)'"
    case .unknownNode(let index): "there is no node \(index)"
    case .inputs(let count): "a graph needs one input, found \(count)"
    case .node(let name, let error): "node '\(name)': \(error)"
    case .valueShape(let node, let expected, let found):
      "the value of '\(node)' must be \(expected), found \(found)"
    case .notDownstream(let node, let origin): "'\(node)' does not lie behind '\(origin)'"
    case .notDifferentiable(let kind): "\(kind) has no gradient"
    case .noRoom(let what, let bytes, let available):
      "\(what) needs about \(Self.size(bytes)) of memory, and \(Self.size(available)) are free"
    }
  }

  private static func size(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000_000) / 100_000_000
    return tenths >= 10 ? "\(tenths / 10).\(tenths % 10) GB" : "\(bytes / 1_000_000) MB"
  }
}
