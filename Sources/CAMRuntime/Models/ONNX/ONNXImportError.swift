/// Why an ONNX model could not become a graph: the cause, and the node at which it was found.
package struct ONNXImportError: Error, Sendable, Equatable {
  package enum Cause: Sendable, Equatable {
    /// No importer for this operation in this version of the operator set.
    case unsupportedOperation
    /// The operation is known, this use of it is not.
    case unsupported(String)
    /// A value is read that nothing gives.
    case dangling(String)
    /// The node reads, directly or not, what it writes itself.
    case cycle
    /// Two nodes write the value.
    case writtenTwice(String)
    /// An input or attribute that must be there is not.
    case missing(String)
    /// An input must be the same for every picture, but is computed from the picture.
    case notConstant(String)
    /// What the file says contradicts itself or the format.
    case invalid(String)
    /// A value that is the same for every picture, larger than what the file's own numbers account for.
    case tooLarge(String, most: Int)
    /// The model's inputs are not one picture.
    case inputs(String)
    /// The graph refuses the node.
    case graph(GraphError)
  }

  package var cause: Cause
  /// The node's name (or its first output's), empty for the model as a whole.
  package var node: String
  /// The node's operation with its domain, such as `Conv`.
  package var operation: String
  /// The version of the operator set.
  package var opset: Int

  package init(_ cause: Cause, node: String = "", operation: String = "", opset: Int = 0) {
    self.cause = cause
    self.node = node
    self.operation = operation
    self.opset = opset
  }
}

extension ONNXImportError: CustomStringConvertible {
  /// One line: operation, node, operator set and what is wrong.
  package var description: String {
    node.isEmpty && operation.isEmpty ? reason : "node '\(node)' (\(operation), opset \(opset)): \(reason)"
  }

  private var reason: String {
    switch cause {
    case .unsupportedOperation
    where ["QuantizeLinear", "QLinear", "Dequantize"].contains(where: operation.contains):
      "quantised networks are not computed; give the network as it was before its quantisation"
    case .unsupportedOperation where operation.hasPrefix("com.microsoft."):
      "an operation of ONNX Runtime's own, as its optimisation writes them; give the network as it was before, "
        + "or as ORT_ENABLE_BASIC writes it"
    case .unsupportedOperation: "the operation is not supported"
    case .unsupported(let feature): "not supported: \(feature)"
    case .dangling(let value): "it reads '\(value)', which nothing gives"
    case .cycle: "it reads what it writes itself (a cycle)"
    case .writtenTwice(let value): "'\(value)' is written by two nodes"
    case .missing(let what): "\(what) is missing"
    case .notConstant(let what): "\(what) must not depend on the input"
    case .invalid(let what): what
    case .tooLarge(let what, let most): "\(what), more than the \(most) that this file may make"
    case .inputs(let what): what
    case .graph(let error): "\(error)"
    }
  }
}
