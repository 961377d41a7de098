internal import ModelIO

/// What operations at known places have in common.
enum ONNXPlaces {
  /// Places in the flattened axes that tuples of indices count along; negative indices count from the end.
  static func flattened(
    _ numbers: [Int], along extents: [Int], _ view: ONNXNodeView
  ) throws(ONNXImportError) -> [Int] {
    var places: [Int] = []
    for start in stride(from: 0, to: numbers.count, by: extents.count) {
      var place = 0
      for (number, extent) in zip(numbers[start...], extents) {
        place = place * extent + (try index(number, within: extent, view))
      }
      places.append(place)
    }
    return places
  }

  static func index(
    _ number: Int, within extent: Int, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> Int {
    let index = number < 0 ? number + extent : number
    guard 0..<extent ~= index else {
      throw view.failure(.invalid("'indices' has \(number) for an axis of \(extent) elements"))
    }
    return index
  }

  /// The places that GatherElements and ScatterElements name.
  struct Elements {
    /// One where the first axis is a batch whose entries are read at the same places, else none.
    var keptAxes: Int
    /// The extents of the indices behind those.
    var shape: [Int]
    /// For each index a place in the flattened axes behind those.
    var places: [Int]
    /// The elements of these axes.
    var count: Int
  }

  static func elements(_ view: ONNXNodeView, _ net: ONNXAssembler) throws(ONNXImportError) -> Elements {
    let input = try view.input(0)
    let extents = net.symbolicShape(of: input)
    let axis = try ONNXParts.axis(view.node.integer("axis") ?? 0, of: net.shape(of: input), view)
    let kept = extents[0].known == nil ? 1 : 0
    let own = extents[kept...].compactMap(\.known)
    var (numbers, shape) = try indices(view, net)
    guard own.count == extents.count - kept else {
      throw view.failure(.unsupported("a shape in which the batch is not its first extent"))
    }
    if kept == 1 {
      guard axis > 0, let entries = shape.first, isSame(numbers, times: entries) else {
        throw view.failure(.unsupported("single entries of a batch"))
      }
      numbers = Array(numbers.prefix(numbers.count / entries))
      shape.removeFirst()
    }
    guard shape.count == own.count,
      zip(shape, own).enumerated().allSatisfy({ $0.offset == axis - kept || $0.element.0 <= $0.element.1 })
    else { throw view.failure(.invalid("'indices' do not fit \(Shape(net.shape(of: input)))")) }
    let strides = Shape(own).strides
    let corners = ONNXFoldedShapes.strided(
      shape, strides.enumerated().map { $0.offset == axis - kept ? 0 : $0.element })
    var places: [Int] = []
    for (corner, number) in zip(corners, numbers) {
      places.append(corner + (try index(number, within: own[axis - kept], view)) * strides[axis - kept])
    }
    return Elements(keptAxes: kept, shape: shape, places: places, count: own.reduce(1, *))
  }

  /// The second input's numbers and shape; those that an expansion repeats for each entry are known too.
  static func indices(
    _ view: ONNXNodeView, _ net: ONNXAssembler
  ) throws(ONNXImportError) -> (numbers: [Int], shape: [Int]) {
    var folded: FoldedTensor?
    switch try view.input(1) {
    case .constant(let value): folded = value
    case .node(let id):
      if let repeated = net.builder.node(id), repeated.operation is BatchRepeat,
        let entry = net.operation(of: repeated.inputs[0]) as? Constant
      {
        folded = FoldedTensor(entry.tensor)
      }
    }
    guard let folded, let numbers = folded.knownIntegers else {
      throw view.failure(.notConstant("'indices' (input 1)"))
    }
    return (numbers, folded.shape)
  }

  /// Whether a list is one part repeated.
  static func isSame(_ numbers: [Int], times count: Int) -> Bool {
    guard count > 0 else { return false }
    let part = numbers.prefix(numbers.count / count)
    return (0..<count).allSatisfy { numbers[($0 * part.count)...].prefix(part.count).elementsEqual(part) }
  }

  /// A value under another shape, of which one extent may depend on the batch.
  static func reshaped(
    _ value: ImportedValue, to extents: [SymbolicInteger], part: String? = nil,
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let shape = extents.map { $0.known ?? -1 }
    guard shape.count(where: { $0 == -1 }) <= 1 else {
      throw view.failure(.unsupported("a shape in which the batch is not one whole extent"))
    }
    return try net.emit(Reshape(shape, allowsZero: true), [value], for: view, part: part)
  }

  /// A value of these extents: a known one is repeated along the batch.
  static func expanded(
    _ value: ImportedValue, to extents: [SymbolicInteger], part: String?, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let own = net.symbolicShape(of: value)
    if own == extents { return value }
    guard let axis = extents.firstIndex(of: SymbolicInteger(0, batches: 1)), let picture = net.picture,
      own.count == extents.count, own[axis] == 1,
      own.indices.allSatisfy({ $0 == axis || own[$0] == extents[$0] })
    else {
      let wanted = Shape(extents.map { $0.value(forBatch: 1) ?? 1 }), found = Shape(net.shape(of: value))
      throw view.failure(
        wanted == found
          ? .unsupported("a value of one entry and one of a batch together")
          : .invalid("a value of \(found) where \(wanted) fits"))
    }
    func name(_ step: String) -> String { part.map { "\($0)/\(step)" } ?? step }
    let front = [axis] + own.indices.filter { $0 != axis }
    var turned = value
    if axis > 0 { turned = try net.emit(Transpose(front), [value], for: view, part: name("turned")) }
    let repeated = try net.emit(
      BatchRepeat(), [turned, .node(picture)], for: view, part: axis > 0 ? name("repeated") : part)
    if axis == 0 { return repeated }
    let back = own.indices.map { place in front.firstIndex(of: place) ?? place }
    return try net.emit(Transpose(back), [repeated], for: view, part: part)
  }
}
