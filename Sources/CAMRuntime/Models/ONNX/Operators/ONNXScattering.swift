internal import ModelIO

/// Values with some elements replaced, at known places: both behind one another, and from those the elements of the result.
enum ONNXScattering {
  static let importers: [String: ONNXOperatorImporter] = [
    "ScatterND": { view, net throws(ONNXImportError) in [try scatterRows(view, &net)] },
    "ScatterElements": { view, net throws(ONNXImportError) in [try scatterElements(view, &net)] },
    "Scatter": { view, net throws(ONNXImportError) in [try scatterElements(view, &net)] },
  ]

  /// What the last axis of the indices names is replaced; the axes that they count along become one.
  private static func scatterRows(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    try refuseReduction(view)
    var extents = net.symbolicShape(of: try view.input(0))
    guard let indices = try view.constant(1, "indices") else { throw view.failure(.missing("'indices'")) }
    guard let length = indices.shape.last, 0 < length, length <= extents.count else {
      throw view.failure(
        .invalid("'indices' of shape \(Shape(indices.shape)) do not fit \(extents.count) axes"))
    }
    let given = net.symbolicShape(of: try view.input(2))
    let batch = SymbolicInteger(0, batches: 1)
    // What is known has one entry, also where it is filled with those of a batch.
    if extents[0] == 1, given.first == batch, indices.shape.count > 1 { extents[0] = batch }
    for (axis, extent) in zip(length..., given.suffix(extents.count - length)) where extents[axis] == 1 {
      extents[axis] = extent
    }
    let own = extents[0] == batch ? ofEachEntry(indices, net) : nil
    guard let numbers = own ?? indices.knownIntegers else { throw view.failure(.notConstant("'indices'")) }
    let kept = own == nil ? 0 : 1
    let counted = extents[kept..<length].compactMap(\.known)
    guard counted.count == length - kept else {
      throw view.failure(.unsupported("single entries of a batch"))
    }
    let places = try ONNXPlaces.flattened(numbers, along: counted, view)
    let rest = extents[length...]
    let rows = indices.shape[kept...].dropLast().map { SymbolicInteger($0) }
    return try replaced(
      places, of: counted.reduce(1, *), after: extents[..<kept], before: rest,
      updates: extents[..<kept] + rows + rest, shape: extents, view, &net)
  }

  /// Of tuples that count along the batch first and name the same places of each of its entries, in their order, those places:
  /// what exporters write for an assignment to `x[:, ...]`.
  private static func ofEachEntry(_ indices: FoldedTensor, _ net: ONNXAssembler) -> [Int]? {
    guard let numbers = indices.symbolicIntegers, let length = indices.shape.last, length > 1,
      let entries = indices.shape.first, indices.shape.count > 1, entries > 0, !numbers.isEmpty
    else { return nil }
    let first = stride(from: 0, to: numbers.count, by: length).map { numbers[$0] }
    let each = first.count / entries
    let isEvery = entries == 1 && first.allSatisfy { $0 == SymbolicInteger(0, entries: 1) }
    let isDeclared =
      entries == net.declaredBatch && first.indices.allSatisfy { first[$0] == SymbolicInteger($0 / each) }
    let places = numbers.indices.filter { $0 % length > 0 }.compactMap { numbers[$0].known }
    guard isEvery || isDeclared, places.count == first.count * (length - 1),
      ONNXPlaces.isSame(places, times: entries)
    else { return nil }
    return Array(places.prefix(each * (length - 1)))
  }

  /// Each element of the indices replaces one; a batch stays as it is where its entries are read at the same places.
  private static func scatterElements(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    try refuseReduction(view)
    let elements = try ONNXPlaces.elements(view, net)
    let extents = net.symbolicShape(of: try view.input(0)), kept = elements.keptAxes
    let updates = extents[..<kept] + elements.shape.map { SymbolicInteger($0) }
    return try replaced(
      elements.places, of: elements.count, after: extents[..<kept], before: [], updates: Array(updates),
      shape: extents, view, &net)
  }

  private static func refuseReduction(_ view: ONNXNodeView) throws(ONNXImportError) {
    let reduction = view.node.string("reduction") ?? "none"
    guard reduction == "none" else { throw view.failure(.unsupported("reduction '\(reduction)'")) }
  }

  /// The first input with the third at `places` of an axis of `count` elements between other axes.
  private static func replaced(
    _ places: [Int], of count: Int, after outer: ArraySlice<SymbolicInteger>,
    before inner: ArraySlice<SymbolicInteger>, updates stated: [SymbolicInteger], shape: [SymbolicInteger],
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let updates = try ONNXPlaces.expanded(try view.input(2), to: stated, part: "updates", view, &net)
    let value = try ONNXPlaces.expanded(try view.input(0), to: shape, part: "value", view, &net)
    _ = try ONNXFolding.count([count], view)
    var sources = Array(0..<count)
    for (number, place) in places.enumerated() { sources[place] = count + number }
    func flat(_ count: Int) -> [SymbolicInteger] { outer + [SymbolicInteger(count)] + inner }
    let old = try ONNXPlaces.reshaped(value, to: flat(count), part: "flat", view, &net)
    let new = try ONNXPlaces.reshaped(updates, to: flat(places.count), part: "updates/flat", view, &net)
    let axis = outer.count
    let both = try net.emit(Concat(axis: axis), [old, new], for: view, part: "both")
    let taken = try net.emit(Take(sources, axis: axis), [both], for: view, part: "taken")
    return try ONNXPlaces.reshaped(taken, to: shape, view, &net)
  }
}
