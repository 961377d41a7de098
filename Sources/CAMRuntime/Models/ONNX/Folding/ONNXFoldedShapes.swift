internal import ModelIO

/// Known values under other shapes and orders.
enum ONNXFoldedShapes {
  static let rules: [String: ONNXFolding.Rule] = [
    "Shape": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      let extents = input.shape.map { SymbolicInteger($0) }
      func place(_ index: Int) -> Int {
        min(max(index < 0 ? index + extents.count : index, 0), extents.count)
      }
      let start = place(view.node.integer("start") ?? 0)
      let end = max(place(view.node.integer("end") ?? extents.count), start)
      return [FoldedTensor(shape: [end - start], integers: Array(extents[start..<end]))]
    },
    "Size": { _, inputs throws(ONNXImportError) in
      inputs.first.map { [FoldedTensor(shape: [], integers: [SymbolicInteger($0.count)])] }
    },
    "Reshape": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2, let wanted = inputs[1].knownIntegers else { return nil }
      let reshape = Reshape(wanted, allowsZero: view.node.integer("allowzero") == 1)
      return [try reshaped(inputs[0], by: reshape, view)]
    },
    "Flatten": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      return [try reshaped(input, by: Flatten(axis: view.node.integer("axis") ?? 1), view)]
    },
    "Squeeze": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      let stated = view.node.integers("axes") ?? (inputs.count > 1 ? inputs[1].knownIntegers : nil)
      let axes = stated ?? input.shape.indices.filter { input.shape[$0] == 1 }
      return [try reshaped(input, by: Squeeze(axes: axes), view)]
    },
    "Unsqueeze": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first,
        let axes = view.node.integers("axes") ?? (inputs.count > 1 ? inputs[1].knownIntegers : nil)
      else { return nil }
      return [try reshaped(input, by: Unsqueeze(axes: axes), view)]
    },
    "Transpose": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      let order = view.node.integers("perm") ?? Array(input.shape.indices.reversed())
      guard order.sorted() == Array(input.shape.indices) else {
        throw view.failure(.invalid("\(order) is not an order of \(input.shape.count) axes"))
      }
      let strides = Shape(input.shape).strides
      let shape = order.map { input.shape[$0] }
      return [input.picking(strided(shape, order.map { strides[$0] }), shape: shape)]
    },
    "Expand": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2, let wanted = inputs[1].knownIntegers,
        let shape = Shape(inputs[0].shape).broadcast(with: Shape(wanted))?.dimensions
      else { return nil }
      _ = try ONNXFolding.count(shape, view)
      return [inputs[0].picking(Broadcasting.places(of: inputs[0].shape, in: shape), shape: shape)]
    },
    "Tile": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2, let counts = inputs[1].knownIntegers, counts.count == inputs[0].shape.count,
        counts.allSatisfy({ 0..<1 << 24 ~= $0 })
      else { return nil }
      let shape = zip(inputs[0].shape, counts).map { $0 * $1 }
      _ = try ONNXFolding.count(shape, view)
      let strides = Shape(inputs[0].shape).strides
      var places = [0]
      for (axis, extent) in shape.enumerated() {
        let own = inputs[0].shape[axis]
        places = places.flatMap { place in (0..<extent).map { place + $0 % own * strides[axis] } }
      }
      return [inputs[0].picking(places, shape: shape)]
    },
  ]

  private static func reshaped(
    _ value: FoldedTensor, by operation: any Operation, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> FoldedTensor {
    do throws(GraphError) {
      return value.reshaped(try operation.outputShape(of: [Shape(value.shape)]).dimensions)
    } catch { throw view.failure(.graph(error)) }
  }

  /// Offsets of the elements of `shape` in row-major order, with a stride for each axis.
  static func strided(_ shape: [Int], _ strides: [Int]) -> [Int] {
    var places = [0]
    for (extent, step) in zip(shape, strides) {
      places = places.flatMap { place in (0..<extent).map { place + $0 * step } }
    }
    return places
  }
}
