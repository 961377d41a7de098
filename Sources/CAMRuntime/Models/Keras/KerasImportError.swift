/// Why the network that a Keras file describes could not be put together: the cause, and the layer at which it was found.
package struct KerasImportError: Error, Sendable, Equatable {
  package enum Cause: Sendable, Equatable {
    /// Kinds of layers that are not known here.
    case unsupportedLayers([String])
    /// The kind is known, this use of it is not.
    case unsupported(String)
    /// A layer that holds Python code.
    case code
    /// A tensor that the layer needs and the file does not have.
    case missing(String)
    /// A tensor of another shape than the layer's settings say.
    case misshapen(String, expected: [Int], found: [Int])
    /// What the file says contradicts itself.
    case invalid(String)
    /// The network's inputs are not one picture.
    case inputs(String)
    /// The graph refuses the layer.
    case graph(GraphError)
    case interrupted
  }

  package var cause: Cause
  /// The layer's name, empty for the network as a whole.
  package var layer: String
  /// The layer's class, such as `Conv2D`.
  package var kind: String

  package init(_ cause: Cause, layer: String = "", kind: String = "") {
    self.cause = cause
    self.layer = layer
    self.kind = kind
  }
}

extension KerasImportError: CustomStringConvertible {
  /// One line: layer, class and what is wrong.
  package var description: String { layer.isEmpty ? reason : "layer '\(layer)' (\(kind)): \(reason)" }

  private var reason: String {
    switch cause {
    case .unsupportedLayers(let kinds):
      "layers of \(kinds.count == 1 ? "a kind that is" : "kinds that are") not supported: "
        + "\(kinds.joined(separator: ", ")); `model.export(\"net.onnx\", format=\"onnx\")` may write what they compute"
    case .unsupported(let use): "not supported: \(use)"
    case .code:
      "it is Python code, which is never run; `model.export(\"net.onnx\", format=\"onnx\")` writes what it computes"
    case .missing(let tensor): "the file has no '\(tensor)' for it"
    case .misshapen(let tensor, let expected, let found):
      "'\(tensor)' has the shape \(found), its settings say \(expected)"
    case .invalid(let what), .inputs(let what): what
    case .graph(let error): "\(error)"
    case .interrupted: "interrupted"
    }
  }
}
