internal import ModelIO

/// The same elements under other shapes, and the shapes themselves.
enum ONNXShapes {
  static let importers: [String: ONNXOperatorImporter] = [
    "Reshape": { view, net throws(ONNXImportError) in [try reshape(view, &net)] },
    "Flatten": { view, net throws(ONNXImportError) in
      let input = try view.input(0)
      return [try net.emit(Flatten(axis: view.node.integer("axis") ?? 1), [input], for: view)]
    },
    "Transpose": { view, net throws(ONNXImportError) in [try transpose(view, &net)] },
    "Squeeze": { view, net throws(ONNXImportError) in
      let input = try view.input(0)
      let axes = try view.integers(attribute: "axes", orInput: 1)
      let ones = net.symbolicShape(of: input).indices.filter { net.symbolicShape(of: input)[$0] == 1 }
      return [try net.emit(Squeeze(axes: axes ?? ones), [input], for: view)]
    },
    "Unsqueeze": { view, net throws(ONNXImportError) in
      guard let axes = try view.integers(attribute: "axes", orInput: 1) else {
        throw view.failure(.missing("'axes'"))
      }
      return [try net.emit(Unsqueeze(axes: axes), [try view.input(0)], for: view)]
    },
    "Shape": { view, net throws(ONNXImportError) in
      let extents = net.symbolicShape(of: try view.input(0))
      let start = clamped(view.node.integer("start") ?? 0, extents.count)
      let end = clamped(view.node.integer("end") ?? extents.count, extents.count)
      let part = start < end ? Array(extents[start..<end]) : []
      return [.constant(FoldedTensor(shape: [part.count], integers: part))]
    },
    "Size": { view, net throws(ONNXImportError) in
      var size: SymbolicInteger = 1
      for extent in net.symbolicShape(of: try view.input(0)) {
        guard let product = size * extent else {
          throw view.failure(.unsupported("a size that squares the batch"))
        }
        size = product
      }
      return [.constant(FoldedTensor(shape: [], integers: [size]))]
    },
    "Tile": { view, net throws(ONNXImportError) in [try tile(view, &net)] },
    "Expand": { view, net throws(ONNXImportError) in [try expand(view, &net)] },
    "ConstantOfShape": { view, net throws(ONNXImportError) in [try filled(view, &net)] },
    "DepthToSpace": { view, net throws(ONNXImportError) in [try depthToSpace(view, &net)] },
    "SpaceToDepth": { view, net throws(ONNXImportError) in [try spaceToDepth(view, &net)] },
  ]

  private static func clamped(_ index: Int, _ count: Int) -> Int {
    min(max(index < 0 ? index + count : index, 0), count)
  }

  private static func reshape(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    var wanted = view.node.integers("shape").map { $0.map { SymbolicInteger($0) } }
    if wanted == nil { wanted = try view.symbolicIntegers(1, "shape") }
    guard let wanted else { throw view.failure(.missing("'shape'")) }
    let allowsZero = view.node.integer("allowzero") == 1
    if allowsZero, wanted.contains(0) {
      let extents = wanted.compactMap(\.known)
      guard extents.count == wanted.count else {
        throw view.failure(.unsupported("a batch without elements"))
      }
      return try net.emit(Reshape(extents, allowsZero: true), [input], for: view)
    }
    let extents = ONNXReshape(
      input: net.symbolicShape(of: input), wanted: wanted,
      declaredBatch: net.batchIsFree ? net.declaredBatch : nil)
    guard let dimensions = extents.dimensions else {
      throw view.failure(.unsupported("a shape in which the batch is not one whole extent"))
    }
    return try net.emit(Reshape(dimensions), [input], for: view)
  }

  private static func expand(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    guard let wanted = try view.symbolicIntegers(1, "shape") else { throw view.failure(.missing("'shape'")) }
    let own = net.symbolicShape(of: input)
    let offset = wanted.count - own.count
    let isSame = wanted.enumerated().allSatisfy { axis, extent in
      extent == 1 || (axis >= offset && own[axis - offset] == extent)
    }
    if isSame, offset <= 0 { return input }
    var extents: [Int] = []
    var repeating: Int?
    for (axis, extent) in wanted.enumerated() {
      if let known = extent.known {
        extents.append(known)
      } else if axis >= offset, own[axis - offset] == extent {
        // The batch itself needs no expansion where the value has it already.
        extents.append(1)
      } else if repeating == nil, extent == SymbolicInteger(0, batches: 1),
        axis < offset || own[axis - offset] == 1
      {
        extents.append(1)
        repeating = axis
      } else {
        throw view.failure(.unsupported("an expansion to a multiple of the batch size"))
      }
    }
    _ = try ONNXFolding.count(extents, view)
    if let repeating, case .constant(let folded) = input,
      let shape = Shape(folded.shape).broadcast(with: Shape(extents))?.dimensions
    {
      let entry = folded.picking(Broadcasting.places(of: folded.shape, in: shape), shape: shape)
      var full = shape.map { SymbolicInteger($0) }
      full[max(shape.count - wanted.count, 0) + repeating] = SymbolicInteger(0, batches: 1)
      return try ONNXPlaces.expanded(.constant(entry), to: full, part: nil, view, &net)
    }
    let repeats = repeating != nil
    guard repeating ?? 0 == 0 else {
      throw view.failure(.unsupported("an expansion to a batch that is not the first extent"))
    }
    let ones = ImportedValue.constant(FoldedTensor(Tensor.filled(Shape(extents), with: 1)))
    guard repeats, let picture = net.picture else {
      return try net.emit(Multiply(), [input, ones], for: view)
    }
    let entry = try net.emit(Multiply(), [input, ones], for: view, part: "entry")
    return try net.emit(BatchRepeat(), [entry, .node(picture)], for: view)
  }

  /// One number everywhere, in a shape with the batch in front: folding does it where there is no batch.
  private static func filled(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    guard let wanted = try view.symbolicIntegers(0, "shape") else { throw view.failure(.missing("'shape'")) }
    let entry = wanted.compactMap(\.known)
    guard let place = wanted.firstIndex(of: SymbolicInteger(0, batches: 1)), entry.count == wanted.count - 1,
      let picture = net.picture
    else { throw view.failure(.unsupported("a shape in which the batch is not one whole extent")) }
    _ = try ONNXFolding.count(entry, view)
    var number: Float = 0
    if let raw = view.node.tensor("value") {
      guard let value = raw.floats().first else { throw view.failure(.invalid("'value' is empty")) }
      number = value
    }
    let one = FoldedTensor(Tensor.filled(Shape([1] + entry), with: number))
    let repeated = [ImportedValue.constant(one), .node(picture)]
    if place == 0 { return try net.emit(BatchRepeat(), repeated, for: view) }
    // The entries first, then turned to where the file has them.
    let first = try net.emit(BatchRepeat(), repeated, for: view, part: "entries")
    let order = (0...entry.count).map { $0 == place ? 0 : $0 < place ? $0 + 1 : $0 }
    return try net.emit(Transpose(order), [first], for: view)
  }

  /// Repeats along known axes, then along the batch where its size is one of the counts.
  private static func tile(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let own = net.symbolicShape(of: input)
    guard let counts = try view.symbolicIntegers(1, "repeats"), counts.count == own.count,
      counts.allSatisfy({ $0.known.map { 1...1 << 20 ~= $0 } ?? true })
    else { throw view.failure(.invalid("'repeats' does not fit \(Shape(net.shape(of: input)))")) }
    let free = counts.indices.filter { counts[$0].known == nil }
    guard let axis = free.first else { return try tiled(input, counts.map { $0.known ?? 1 }, view, &net) }
    guard free.count == 1, counts[axis] == SymbolicInteger(0, batches: 1), own[axis] == 1 else {
      throw view.failure(.unsupported("a batch that repeats"))
    }
    let entry = try tiled(input, counts.map { $0.known ?? 1 }, part: "entry", view, &net)
    var extents = net.symbolicShape(of: entry)
    extents[axis] = SymbolicInteger(0, batches: 1)
    return try ONNXPlaces.expanded(entry, to: extents, part: nil, view, &net)
  }

  /// Each axis that repeats is split into one of extent 1, which a product with ones repeats, and itself.
  private static func tiled(
    _ input: ImportedValue, _ counts: [Int], part: String? = nil, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    guard let first = counts.firstIndex(where: { $0 > 1 }) else { return input }
    let own = net.symbolicShape(of: input), hasBatch = own[0].known == nil
    if first == 0, hasBatch { throw view.failure(.unsupported("a batch that repeats")) }
    let shape = net.shape(of: input)
    var (split, ones, whole) = ([Int](), [Int](), [Int]())
    for (axis, count) in counts.enumerated() {
      let extent = axis == 0 && hasBatch ? 0 : shape[axis]
      whole.append(extent * count)
      split += count == 1 ? [extent] : [1, extent]
      ones += count == 1 ? [1] : [count, 1]
    }
    // Extents of 0 stand for the input's own, which only the first axis needs: it lies in front of every split.
    let parts = try net.emit(Reshape(split), [input], for: view, part: "split")
    _ = try ONNXFolding.count(ones, view)
    let repeated = try net.emit(
      Multiply(), [parts, .constant(FoldedTensor(Tensor.filled(Shape(ones), with: 1)))], for: view,
      part: "repeated")
    return try net.emit(Reshape(whole), [repeated], for: view, part: part)
  }

  /// Two transpositions in a row are one; where they cancel, none.
  ///
  /// Turned maps that something else reads, too, stay between them: who takes channels of them away takes them from both.
  private static func transpose(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    var input = try view.input(0)
    let rank = net.shape(of: input).count
    var order = view.node.integers("perm") ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank) else {
      throw view.failure(.invalid("\(order) is not an order of \(rank) axes"))
    }
    if case .node(let id) = input, let earlier = net.operation(of: id) as? Transpose,
      let source = net.source(of: id),
      net.soleReader(of: view.node.inputs[0]) != nil || !earlier.permutation.starts(with: [0, 1])
    {
      order = order.map { earlier.permutation[$0] }
      input = .node(source)
    }
    return order == Array(0..<rank) ? input : try net.emit(Transpose(order), [input], for: view)
  }

  private static func depthToSpace(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let (input, block, shape) = try blocks(view, net)
    guard shape[1] % (block * block) == 0 else {
      throw view.failure(.invalid("\(shape[1]) channels do not split into blocks of \(block)"))
    }
    let channels = shape[1] / (block * block)
    let columnsFirst = view.node.string("mode") == "CRD"
    let split = columnsFirst ? [0, channels, block, block] : [0, block, block, channels]
    let parts = try net.emit(Reshape(split + [shape[2], shape[3]]), [input], for: view, part: "split")
    let order = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
    let ordered = try net.emit(Transpose(order), [parts], for: view, part: "ordered")
    return try net.emit(
      Reshape([0, channels, shape[2] * block, shape[3] * block]), [ordered], for: view)
  }

  private static func spaceToDepth(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let (input, block, shape) = try blocks(view, net)
    guard shape[2] % block == 0, shape[3] % block == 0 else {
      throw view.failure(.invalid("\(shape[2])x\(shape[3]) does not split into blocks of \(block)"))
    }
    let (rows, columns) = (shape[2] / block, shape[3] / block)
    let parts = try net.emit(
      Reshape([0, shape[1], rows, block, columns, block]), [input], for: view, part: "split")
    let order = view.node.string("mode") == "CRD" ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
    let ordered = try net.emit(Transpose(order), [parts], for: view, part: "ordered")
    return try net.emit(Reshape([0, shape[1] * block * block, rows, columns]), [ordered], for: view)
  }

  private static func blocks(
    _ view: ONNXNodeView, _ net: ONNXAssembler
  ) throws(ONNXImportError) -> (ImportedValue, block: Int, shape: [Int]) {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    guard let block = view.node.integer("blocksize"), (1...4096).contains(block), shape.count == 4 else {
      throw view.failure(.invalid("it wants a picture and a block size"))
    }
    return (input, block, shape)
  }
}
