internal import ModelIO

/// Joining and cutting known values.
enum ONNXFoldedParts {
  static let rules: [String: ONNXFolding.Rule] = [
    "Concat": { view, inputs throws(ONNXImportError) in try concatenated(view, inputs) },
    "Slice": { view, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      func numbers(_ name: String, _ place: Int) -> [Int]? {
        if let stated = view.node.integers(name) { return stated }
        guard inputs.count > place, !inputs[place].shape.contains(0) else { return nil }
        return inputs[place].knownIntegers
      }
      guard let starts = numbers("starts", 1), let ends = numbers("ends", 2) else { return nil }
      let slice = Slice(starts: starts, ends: ends, axes: numbers("axes", 3), steps: numbers("steps", 4))
      return [try sliced(input, slice, view)]
    },
    "Gather": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2, let indices = inputs[1].knownIntegers else { return nil }
      return [try gathered(inputs[0], indices, inputs[1].shape, view)]
    },
    "ReduceProd": { view, inputs throws(ONNXImportError) in
      guard let values = inputs.first?.symbolicIntegers, inputs[0].isInteger,
        (inputs[0].shape.count <= 1 || view.node.integers("axes") == nil)
      else { return nil }
      var product: SymbolicInteger = 1
      for value in values {
        guard let next = product * value else { return nil }
        product = next
      }
      let keeps = view.node.integer("keepdims") ?? 1 != 0
      return [FoldedTensor(shape: keeps ? inputs[0].shape.map { _ in 1 } : [], integers: [product])]
    },
    "Split": { view, inputs throws(ONNXImportError) in try split(view, inputs) },
  ]

  private static func concatenated(
    _ view: ONNXNodeView, _ inputs: [FoldedTensor]
  ) throws(ONNXImportError) -> [FoldedTensor]? {
    guard let first = inputs.first else { return nil }
    let shape: [Int]
    let axis: Int
    do throws(GraphError) {
      let operation = Concat(axis: view.node.integer("axis") ?? 0)
      shape = try operation.outputShape(of: inputs.map { Shape($0.shape) }).dimensions
      axis = try operation.axis(operation.axis, of: Shape(first.shape))
    } catch { throw view.failure(.graph(error)) }
    _ = try ONNXFolding.count(shape, view)
    let outer = first.shape[..<axis].reduce(1, *)
    let runs = inputs.map { $0.shape[axis...].reduce(1, *) }
    func joined<Element>(_ parts: [[Element]]) -> [Element] {
      (0..<outer).flatMap { block in
        zip(parts, runs).flatMap { part, run in part[block * run..<(block + 1) * run] }
      }
    }
    if inputs.allSatisfy(\.isInteger) {
      return [FoldedTensor(shape: shape, integers: joined(inputs.map { $0.symbolicIntegers ?? [] }))]
    }
    let tensors = inputs.compactMap(\.tensor)
    guard tensors.count == inputs.count else { return nil }
    return [FoldedTensor(Tensor(Shape(shape), values: joined(tensors.map(\.values))))]
  }

  private static func sliced(
    _ input: FoldedTensor, _ slice: Slice, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> FoldedTensor {
    let ranges: [(start: Int, step: Int, count: Int)]
    do throws(GraphError) {
      ranges = try slice.ranges(of: Shape(input.shape))
    } catch { throw view.failure(.graph(error)) }
    let strides = Shape(input.shape).strides
    let shape = ranges.map(\.count)
    if shape.contains(0) { return input.picking([], shape: shape) }
    let first = zip(ranges, strides).reduce(0) { $0 + $1.0.start * $1.1 }
    let places = ONNXFoldedShapes.strided(shape, zip(ranges, strides).map { $0.step * $1 })
    return input.picking(places.map { $0 + first }, shape: shape)
  }

  private static func gathered(
    _ input: FoldedTensor, _ indices: [Int], _ indexShape: [Int], _ view: ONNXNodeView
  ) throws(ONNXImportError) -> FoldedTensor {
    let stated = view.node.integer("axis") ?? 0
    guard let axis = Shape(input.shape).axis(stated) else {
      throw view.failure(.invalid("there is no axis \(stated)"))
    }
    let extent = input.shape[axis]
    let picks = indices.map { $0 < 0 ? $0 + extent : $0 }
    guard picks.allSatisfy((0..<extent).contains) else {
      throw view.failure(.invalid("'indices' lead out of \(extent) elements"))
    }
    let shape = input.shape[..<axis] + indexShape + input.shape[(axis + 1)...]
    _ = try ONNXFolding.count(Array(shape), view)
    let inner = input.shape[(axis + 1)...].reduce(1, *)
    let outer = input.shape[..<axis].reduce(1, *)
    let places = (0..<outer).flatMap { block in
      picks.flatMap { pick in (0..<inner).map { (block * extent + pick) * inner + $0 } }
    }
    return input.picking(places, shape: Array(shape))
  }

  private static func split(
    _ view: ONNXNodeView, _ inputs: [FoldedTensor]
  ) throws(ONNXImportError) -> [FoldedTensor]? {
    guard let input = inputs.first else { return nil }
    let stated = view.node.integer("axis") ?? 0
    guard let axis = Shape(input.shape).axis(stated) else {
      throw view.failure(.invalid("there is no axis \(stated)"))
    }
    let count = max(view.outputCount, 1)
    let length = (input.shape[axis] + count - 1) / count
    let lengths =
      view.node.integers("split") ?? (inputs.count > 1 ? inputs[1].knownIntegers : nil)
      ?? (0..<count).map { max(min(length, input.shape[axis] - $0 * length), 0) }
    guard lengths.count >= view.outputCount else {
      throw view.failure(.invalid("'split' does not fit the outputs"))
    }
    var start = 0
    var parts: [FoldedTensor] = []
    for length in lengths.prefix(view.outputCount) {
      parts.append(try sliced(input, Slice(starts: [start], ends: [start + length], axes: [axis]), view))
      start += length
    }
    return parts
  }
}
