internal import ModelIO

/// Replaces nodes that call a function of the file by the function's body.
struct ONNXFunctionInlining {
  let model: ONNXModel
  private var callCount = 0
  private static let deepestCall = 32
  private static let mostNodes = 1 << 20

  init(model: ONNXModel) { self.model = model }

  /// The graph's nodes with every call replaced.
  mutating func nodes() throws(ONNXImportError) -> [ONNXNode] {
    if model.functions.isEmpty { return model.graph.nodes }
    return try inlined(model.graph.nodes, depth: 0)
  }

  private mutating func inlined(_ nodes: [ONNXNode], depth: Int) throws(ONNXImportError) -> [ONNXNode] {
    var result: [ONNXNode] = []
    for node in nodes {
      guard let function = model.function(calledBy: node) else {
        result.append(node)
        continue
      }
      guard depth < Self.deepestCall, result.count < Self.mostNodes else {
        throw ONNXImportError(
          .invalid("functions call each other without end"), node: node.label, operation: node.operation,
          opset: model.opset)
      }
      callCount += 1
      result += try inlined(body(of: function, calledBy: node), depth: depth + 1)
    }
    return result
  }

  /// The function's nodes with the caller's values in place of its parameters and names of their own elsewhere.
  private func body(of function: ONNXFunction, calledBy node: ONNXNode) -> [ONNXNode] {
    var names: [String: String] = ["": ""]
    for (index, name) in function.inputs.enumerated() {
      names[name] = node.inputs.indices.contains(index) ? node.inputs[index] : ""
    }
    for (index, name) in function.outputs.enumerated() where node.outputs.indices.contains(index) {
      if !node.outputs[index].isEmpty { names[name] = node.outputs[index] }
    }
    let prefix = "\(node.label)/"
    func renamed(_ name: String) -> String { names[name] ?? "\(prefix)\(name)#\(callCount)" }
    return function.nodes.map { inner in
      var attributes: [String: ONNXAttribute] = [:]
      for (key, value) in inner.attributes {
        if case .reference(let name) = value {
          attributes[key] = node.attributes[name] ?? function.defaultAttributes[name]
        } else {
          attributes[key] = value
        }
      }
      return ONNXNode(
        name: inner.name.isEmpty ? "" : prefix + inner.name, operation: inner.operation, domain: inner.domain,
        overload: inner.overload, inputs: inner.inputs.map(renamed), outputs: inner.outputs.map(renamed),
        attributes: attributes)
    }
  }
}
