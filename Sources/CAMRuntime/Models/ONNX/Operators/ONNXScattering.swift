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
    guard let numbers = indices.knownIntegers else { throw view.failure(.notConstant("'indices'")) }
    guard let length = indices.shape.last, 0 < length, length <= extents.count else {
      throw view.failure(
        .invalid("'indices' of shape \(Shape(indices.shape)) do not fit \(extents.count) axes"))
    }
    let counted = extents[..<length].compactMap(\.known)
    guard counted.count == length else { throw view.failure(.unsupported("single entries of a batch")) }
    let places = try ONNXPlaces.flattened(numbers, along: counted, view)
    // What is known has one entry, also where it is filled with those of a batch.
    let given = net.symbolicShape(of: try view.input(2)).suffix(extents.count - length)
    for (axis, extent) in zip(length..., given) where extents[axis] == 1 { extents[axis] = extent }
    let rest = extents[length...]
    let stated = Array(indices.shape.dropLast()).map { SymbolicInteger($0) } + rest
    return try replaced(
      places, of: counted.reduce(1, *), after: [], before: rest, updates: stated, shape: extents, view, &net)
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
