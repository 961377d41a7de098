internal import ModelIO

/// Nodes whose operands are all in the file (weights that are normalised there, for example): the engine's own
/// operations compute their values at import, so that what reads them finds constants.
enum ONNXKnownOperands {
  /// The node's values; nil where an operand depends on the picture, or all are integers of a shape computation.
  static func values(
    of view: ONNXNodeView, by importer: ONNXOperatorImporter, noting notes: inout [String]
  ) throws(ONNXImportError) -> [ImportedValue]? {
    var holdsFloats = false
    for input in view.inputs {
      guard case .constant(let folded)? = input else {
        if input == nil { continue }
        return nil
      }
      guard folded.tensor != nil else { return nil }
      holdsFloats = holdsFloats || !folded.isInteger
    }
    guard holdsFloats, !view.node.attributes.values.contains(where: holdsNodes) else { return nil }
    var net = ONNXAssembler(batchIsFree: false, declaredBatch: 1, opset: view.opset, room: view.room)
    do throws(GraphError) {
      // A graph has an input; nothing here reads it.
      _ = try net.input(shape: [1], name: "nothing")
    } catch { throw view.failure(.graph(error)) }
    var results: [ImportedValue] = []
    let values = try importer(view, &net)
    notes += net.notes
    for index in 0..<net.builder.count {
      _ = try ONNXFolding.count(net.builder.shape(of: NodeID(index: index)).dimensions, view)
    }
    for value in values {
      guard case .node(let id) = value else {
        results.append(value)
        continue
      }
      results.append(.constant(FoldedTensor(try tensor(of: id, in: net, view))))
    }
    return results
  }

  private static func holdsNodes(_ attribute: ONNXAttribute) -> Bool {
    switch attribute {
    case .graph, .graphs: true
    default: false
    }
  }

  private static func tensor(
    of id: NodeID, in net: ONNXAssembler, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> Tensor {
    do {
      let network = try Network(net.builder.build(output: id))
      if let value = try network.forward(.zeros([1]), keeping: [id])[id] { return value }
      throw view.failure(.invalid("it gives no value"))
    } catch let error as ONNXImportError {
      throw error
    } catch let error as GraphError {
      throw view.failure(.graph(error))
    } catch {
      throw view.failure(.invalid("\(error)"))
    }
  }
}
