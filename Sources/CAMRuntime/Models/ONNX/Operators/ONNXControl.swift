internal import ModelIO

/// Operations that pass values on: identity, dropout, casts, branches whose condition is known.
enum ONNXControl {
  static let importers: [String: ONNXOperatorImporter] = [
    "Identity": { view, _ throws(ONNXImportError) in [try view.input(0)] },
    "Dropout": { view, net throws(ONNXImportError) in try dropout(view, &net) },
    "Cast": { view, net throws(ONNXImportError) in
      // Element types of TensorProto: truth; float, float16, double, bfloat16.
      if view.node.integer("to") == 9 { return [try ONNXLogic.truth(of: try view.input(0), view, &net)] }
      guard let type = view.node.integer("to"), [1, 10, 11, 16].contains(type) else {
        throw view.failure(.unsupported("a cast of computed values to integers"))
      }
      return [try view.input(0)]
    },
    "CastLike": { view, _ throws(ONNXImportError) in
      // Computed values are floats; a known integer that is cast like one must not divide as integers do.
      let value = try view.input(0)
      guard case .constant(let folded) = value, let tensor = folded.tensor else { return [value] }
      return [.constant(FoldedTensor(tensor))]
    },
    "If": { view, net throws(ONNXImportError) in try branch(view, &net) },
  ]

  private static func dropout(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    if let training = try view.constant(2, "training_mode")?.knownIntegers, training.first == 1 {
      throw view.failure(.unsupported("dropout in training mode"))
    }
    let rate = try view.number(attribute: "ratio", orInput: 1) ?? 0.5
    let input = try view.input(0)
    let value = try net.emit(Dropout(rate: rate), [input], for: view)
    if !view.wantsOutput(1) || net.batchIsFree { return [value] }
    // Outside of training the mask lets everything through.
    return [value, .constant(FoldedTensor(Tensor.filled(Shape(net.shape(of: input)), with: 1)))]
  }

  private static func branch(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    guard let condition = try view.constant(0, "cond")?.knownIntegers?.first else {
      throw view.failure(.notConstant("'cond'"))
    }
    guard case .graph(let body)? = view.node.attributes[condition != 0 ? "then_branch" : "else_branch"] else {
      throw view.failure(.missing("a branch"))
    }
    for raw in body.initializers {
      do throws(FormatError) {
        net.bind(raw.name, to: .constant(try FoldedTensor(raw)))
      } catch { throw view.failure(.invalid("\(error)")) }
    }
    let order = try ONNXNodeOrder(body.nodes, opset: view.opset)
    let known = Set(net.values.keys)
    let nodes = try order.nodes(for: body.outputs.map(\.name)) { known.contains($0) }
    try net.run(nodes)
    var results: [ImportedValue] = []
    for output in body.outputs {
      guard let value = net.values[output.name] else { throw view.failure(.dangling(output.name)) }
      results.append(value)
    }
    return results
  }
}
