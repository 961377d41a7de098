internal import ModelIO

/// Elements at known places.
enum ONNXGathering {
  static let importers: [String: ONNXOperatorImporter] = [
    "Gather": { view, net throws(ONNXImportError) in [try gather(view, &net)] },
    "GatherND": { view, net throws(ONNXImportError) in [try gatherTuples(view, &net)] },
    "GatherElements": { view, net throws(ONNXImportError) in [try gatherElements(view, &net)] },
  ]

  /// Places along one axis: a run is a slice.
  private static func gather(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let extents = net.symbolicShape(of: input)
    let axis = try ONNXParts.axis(view.node.integer("axis") ?? 0, of: net.shape(of: input), view)
    guard let indices = try view.constant(1, "indices") else { throw view.failure(.missing("'indices'")) }
    guard let stated = indices.knownIntegers else {
      guard listsEntries(indices), extents.count == 1 else { throw view.failure(.notConstant("'indices'")) }
      return try net.emit(Reshape([-1] + indices.shape.dropFirst()), [input], for: view)
    }
    guard let extent = extents[axis].known else {
      let places = try ofEachEntry(stated, indices.shape, of: extents, view, net)
      let count = extents[0].batches
      let entries = try net.emit(Reshape([-1, count]), [input], for: view, part: "entries")
      let taken = try net.emit(Take(places, axis: 1), [entries], for: view, part: "part")
      return try net.emit(Reshape([-1] + indices.shape.dropFirst()), [taken], for: view)
    }
    var places: [Int] = []
    for number in stated { places.append(try ONNXPlaces.index(number, within: extent, view)) }
    let keepsShape = indices.shape.count == 1
    let part = keepsShape ? nil : "part"
    let taken: ImportedValue
    if let first = places.first, places == Array(first..<first + places.count) {
      let slice = Slice(starts: [first], ends: [first + places.count], axes: [axis])
      taken = try net.emit(slice, [input], for: view, part: part)
    } else {
      taken = try net.emit(Take(places, axis: axis), [input], for: view, part: part)
    }
    if keepsShape { return taken }
    if indices.shape.isEmpty { return try net.emit(Squeeze(axes: [axis]), [taken], for: view) }
    let shape = extents[..<axis] + indices.shape.map { SymbolicInteger($0) } + extents[(axis + 1)...]
    return try ONNXPlaces.reshaped(taken, to: Array(shape), view, &net)
  }

  /// Whether indices into a flattened batch are all its places in their order, entry by entry.
  private static func listsEntries(_ indices: FoldedTensor) -> Bool {
    guard let places = indices.symbolicIntegers, indices.shape.first == 1 else { return false }
    return places.enumerated().allSatisfy { $1 == SymbolicInteger($0, entries: places.count) }
  }

  /// Of indices into a flattened batch, written for the batch at export, the places within one entry.
  private static func ofEachEntry(
    _ indices: [Int], _ shape: [Int], of extents: [SymbolicInteger], _ view: ONNXNodeView,
    _ net: ONNXAssembler
  ) throws(ONNXImportError) -> [Int] {
    let own = SymbolicInteger(0, batches: extents[0].batches), entries = net.declaredBatch
    guard extents == [own], entries > 0, shape.first == entries else {
      throw view.failure(.unsupported("single entries of a batch"))
    }
    let part = try indices.prefix(indices.count / entries).map { number throws(ONNXImportError) in
      try ONNXPlaces.index(number, within: own.batches, view)
    }
    guard indices.enumerated().allSatisfy({ $1 == part[$0 % part.count] + $0 / part.count * own.batches })
    else { throw view.failure(.unsupported("places of which each entry of a batch has its own")) }
    return part
  }

  /// Places along several axes: those become one axis.
  private static func gatherTuples(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let extents = net.symbolicShape(of: input)
    let (numbers, indexShape) = try ONNXPlaces.indices(view, net)
    let shared = view.node.integer("batch_dims") ?? 0
    guard let length = indexShape.last, length > 0, shared >= 0, shared < indexShape.count,
      shared + length <= extents.count,
      zip(extents, indexShape).prefix(shared).allSatisfy({ $0.known == $1 || $0.known == nil })
    else {
      let found = "'indices' of shape \(Shape(indexShape)) with batch_dims \(shared)"
      throw view.failure(.invalid("\(found) do not fit \(Shape(net.shape(of: input)))"))
    }
    // A batch stays as it is where each entry is read at the same places.
    let kept = shared > 0 && extents[0].known == nil ? 1 : 0
    let axes = kept..<shared + length
    let merged = extents[axes].compactMap(\.known)
    let rows = indexShape[kept..<indexShape.count - 1].reduce(1, *)
    guard merged.count == axes.count, kept == 0 || ONNXPlaces.isSame(numbers, times: indexShape[0]) else {
      throw view.failure(.unsupported("single entries of a batch"))
    }
    // Rows that share leading axes belong to one place along those.
    let own = try ONNXPlaces.flattened(
      Array(numbers.prefix(rows * length)), along: Array(merged.suffix(length)), view)
    let rowsPerPlace = max(indexShape[shared..<indexShape.count - 1].reduce(1, *), 1)
    let elementsPerPlace = merged.suffix(length).reduce(1, *)
    let places = own.enumerated().map { $0.offset / rowsPerPlace * elementsPerPlace + $0.element }
    let count = SymbolicInteger(merged.reduce(1, *))
    let flat = try ONNXPlaces.reshaped(
      input, to: extents[..<kept] + [count] + extents[axes.upperBound...], part: "flat", view, &net)
    let taken = try net.emit(Take(places, axis: kept), [flat], for: view, part: "taken")
    let found = indexShape[kept...].dropLast().map { SymbolicInteger($0) }
    let shape = extents[..<kept] + found + extents[axes.upperBound...]
    return try ONNXPlaces.reshaped(taken, to: Array(shape), view, &net)
  }

  /// One element for each index; a batch stays as it is.
  private static func gatherElements(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let elements = try ONNXPlaces.elements(view, net)
    let outer = net.symbolicShape(of: input)[..<elements.keptAxes]
    let flat = try ONNXPlaces.reshaped(
      input, to: outer + [SymbolicInteger(elements.count)], part: "flat", view, &net)
    let taken = try net.emit(
      Take(elements.places, axis: elements.keptAxes), [flat], for: view, part: "taken")
    return try ONNXPlaces.reshaped(taken, to: outer + elements.shape.map { SymbolicInteger($0) }, view, &net)
  }
}
