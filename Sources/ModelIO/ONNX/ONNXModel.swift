/// An ONNX file as plain values, close to the file's own terms; nothing is interpreted or checked for cycles.
package struct ONNXModel: Sendable {
  package let irVersion: Int
  package let producerName: String
  package let producerVersion: String
  /// Version of each operator set by domain; the default domain's key is the empty string.
  package let operatorSets: [String: Int]
  package let metadata: [String: String]
  package let graph: ONNXGraph
  /// Functions that nodes may name as their operation (exports of PyTorch's dynamo); often empty.
  package let functions: [ONNXFunction]

  /// The version of the default operator set; 1 where the file names none.
  package var opset: Int { operatorSets[""] ?? 1 }

  /// The function that a node calls, if it calls one.
  package func function(calledBy node: ONNXNode) -> ONNXFunction? {
    functions.first {
      $0.name == node.operation && $0.domain == node.domain && $0.overload == node.overload
    }
  }
}

/// A graph: nodes in the file's order, which the format wants topological; readers must not trust that.
package struct ONNXGraph: Sendable {
  package let name: String
  package let nodes: [ONNXNode]
  /// Constants by name; one of them may stand among `inputs` too (a default value).
  package let initializers: [RawTensor]
  package let inputs: [ONNXValueInfo]
  package let outputs: [ONNXValueInfo]
  /// What the file says of values in between.
  package let valueInfos: [ONNXValueInfo]
}

/// One operation; an empty input or output name means that the optional one is left out.
package struct ONNXNode: Sendable {
  package let name: String
  /// The operator's name, such as `Conv`.
  package let operation: String
  /// The operator set's domain, empty for the default one (`ai.onnx` is given as empty).
  package let domain: String
  package let overload: String
  package let inputs: [String]
  package let outputs: [String]
  package let attributes: [String: ONNXAttribute]

  package init(
    name: String, operation: String, domain: String = "", overload: String = "", inputs: [String],
    outputs: [String], attributes: [String: ONNXAttribute] = [:]
  ) {
    self.name = name
    self.operation = operation
    self.domain = domain
    self.overload = overload
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  /// What to call the node in messages: its name, or its first output's.
  package var label: String { name.isEmpty ? outputs.first ?? operation : name }
}

/// The value of a node's attribute.
package enum ONNXAttribute: Sendable {
  case float(Float)
  case integer(Int)
  case string(String)
  case tensor(RawTensor)
  case graph(ONNXGraph)
  case floats([Float])
  case integers([Int])
  case strings([String])
  case tensors([RawTensor])
  case graphs([ONNXGraph])
  /// In a function's body: the value of the calling node's attribute of this name.
  case reference(String)
  /// A kind that networks have no use for (sparse tensors, types), by its name.
  case other(String)
}

extension ONNXNode {
  package func integer(_ name: String) -> Int? {
    if case .integer(let value) = attributes[name] { value } else { nil }
  }
  package func float(_ name: String) -> Float? {
    if case .float(let value) = attributes[name] { value } else { nil }
  }
  package func string(_ name: String) -> String? {
    if case .string(let value) = attributes[name] { value } else { nil }
  }
  package func integers(_ name: String) -> [Int]? {
    if case .integers(let values) = attributes[name] { values } else { nil }
  }
  package func floats(_ name: String) -> [Float]? {
    if case .floats(let values) = attributes[name] { values } else { nil }
  }
  package func tensor(_ name: String) -> RawTensor? {
    if case .tensor(let value) = attributes[name] { value } else { nil }
  }
}

/// What a file says of a value: its name, and its type and shape where it is a tensor that states them.
package struct ONNXValueInfo: Sendable {
  package let name: String
  /// The elements' type; nil where it is not stated or none that `ElementType` knows.
  package let elementType: ElementType?
  /// The dimensions; nil where the file does not state them.
  package let shape: [ONNXDimension]?
}

/// One dimension of a value.
package enum ONNXDimension: Sendable, Hashable {
  case fixed(Int)
  /// A named size such as `batch`.
  case symbol(String)
  case unknown
}

/// A function of the file: a sub-graph that nodes call by its name.
package struct ONNXFunction: Sendable {
  package let name: String
  package let domain: String
  package let overload: String
  package let inputs: [String]
  package let outputs: [String]
  /// Names of attributes that a caller must give.
  package let requiredAttributes: [String]
  /// Attributes that a caller may give, with what holds otherwise.
  package let defaultAttributes: [String: ONNXAttribute]
  package let nodes: [ONNXNode]
  /// Version of each operator set by domain, for the body.
  package let operatorSets: [String: Int]
}
