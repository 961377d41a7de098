internal import ModelIO

/// Operations that pass values on: identity, casts, branches whose condition is known.
enum ONNXControl {
  static let importers: [String: ONNXOperatorImporter] = [
    "Identity": { view, _ throws(ONNXImportError) in [try view.input(0)] },
    "Cast": { view, net throws(ONNXImportError) in [try cast(view, &net)] },
    "CastLike": { view, net throws(ONNXImportError) in
      let value = try view.input(0)
      if view.isInteger(1) {
        return [view.isInteger(0) ? value : try ONNXArithmetic.truncated(value, view, &net)]
      }
      // A known integer that is cast like a computed float must not divide as integers do.
      guard case .constant(let folded) = value, let tensor = folded.tensor else { return [value] }
      return [.constant(FoldedTensor(tensor))]
    },
    "If": { view, net throws(ONNXImportError) in try branch(view, &net) },
  ]

  /// Element types of TensorProto: float, float16, double, bfloat16; truth; integers of 32 and 64 bits.
  ///
  /// Of smaller integers a number outside their range would be another number, which a float does not show.
  private static func cast(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    switch view.node.integer("to") {
    case 1, 10, 11, 16: return try view.input(0)
    case 9: return try ONNXLogic.truth(of: try view.input(0), view, &net)
    case 6, 7:
      let value = try view.input(0)
      return view.isInteger(0) ? value : try ONNXArithmetic.truncated(value, view, &net)
    default: throw view.failure(.unsupported("a cast of computed values to that type"))
    }
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
    for (place, output) in body.outputs.enumerated() {
      guard let value = net.values[output.name] else { throw view.failure(.dangling(output.name)) }
      results.append(value)
      if view.namesOutput(place), net.isInteger(output.name) { net.markInteger(view.node.outputs[place]) }
    }
    return results
  }
}
