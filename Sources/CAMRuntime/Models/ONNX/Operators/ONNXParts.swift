internal import ModelIO

/// Joining values, cutting parts out and padding.
enum ONNXParts {
  static let importers: [String: ONNXOperatorImporter] = [
    "Concat": { view, net throws(ONNXImportError) in
      var inputs: [ImportedValue] = []
      for index in view.inputs.indices { inputs.append(try view.input(index)) }
      return [try net.emit(Concat(axis: view.node.integer("axis") ?? 1), inputs, for: view)]
    },
    "Split": { view, net throws(ONNXImportError) in try split(view, &net) },
    "Slice": { view, net throws(ONNXImportError) in [try slice(view, &net)] },
    "Gather": { view, net throws(ONNXImportError) in [try gather(view, &net)] },
    "Pad": { view, net throws(ONNXImportError) in [try pad(view, &net)] },
  ]

  private static func axis(
    _ stated: Int, of shape: [Int], _ view: ONNXNodeView
  ) throws(ONNXImportError) -> Int {
    let axis = stated < 0 ? stated + shape.count : stated
    guard shape.indices.contains(axis) else {
      throw view.failure(.invalid("there is no axis \(stated) in \(Shape(shape))"))
    }
    return axis
  }

  private static func split(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    let axis = try axis(view.node.integer("axis") ?? 0, of: shape, view)
    var lengths = try view.integers(attribute: "split", orInput: 1)
    if lengths == nil {
      let parts = view.node.integer("num_outputs") ?? view.outputCount
      guard parts > 0, parts <= max(shape[axis], 1) else {
        throw view.failure(.invalid("\(shape[axis]) elements do not split into \(parts) parts"))
      }
      let length = (shape[axis] + parts - 1) / parts
      lengths = (0..<parts).map { max(min(length, shape[axis] - $0 * length), 0) }
    }
    guard let lengths, lengths.count >= view.outputCount, lengths.allSatisfy({ 0...shape[axis] ~= $0 }) else {
      throw view.failure(.invalid("'split' does not fit the outputs"))
    }
    var start = 0
    var results: [ImportedValue] = []
    for (index, name) in view.node.outputs.enumerated() {
      let part = Slice(starts: [start], ends: [start + lengths[index]], axes: [axis])
      results.append(try net.emit(part, [input], for: view, name: name))
      start += lengths[index]
    }
    return results
  }

  private static func slice(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    guard let starts = try view.integers(attribute: "starts", orInput: 1),
      let ends = try view.integers(attribute: "ends", orInput: 2)
    else { throw view.failure(.missing("'starts' or 'ends'")) }
    let slice = Slice(
      starts: starts, ends: ends, axes: try view.integers(attribute: "axes", orInput: 3),
      steps: try view.integers(attribute: "steps", orInput: 4))
    return try net.emit(slice, [input], for: view)
  }

  /// Known places along an axis: one place, a run, or several runs joined.
  private static func gather(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    let axis = try axis(view.node.integer("axis") ?? 0, of: shape, view)
    guard let indices = try view.constant(1, "indices") else { throw view.failure(.missing("'indices'")) }
    guard let stated = indices.knownIntegers else {
      guard listsEntries(indices), shape.count == 1 else { throw view.failure(.notConstant("'indices'")) }
      return try net.emit(Reshape([-1] + indices.shape.dropFirst()), [input], for: view)
    }
    let places = stated.map { $0 < 0 ? $0 + shape[axis] : $0 }
    guard !places.isEmpty, places.allSatisfy(shape.indices(of: axis).contains), places.count <= 4096 else {
      throw view.failure(.invalid("'indices' lead out of axis \(axis) of \(Shape(shape))"))
    }
    if axis == 0, !net.batchIsFree { throw view.failure(.unsupported("single entries of a batch")) }
    if indices.shape.isEmpty {
      let slice = Slice(starts: [places[0]], ends: [places[0] + 1], axes: [axis])
      let part = try net.emit(slice, [input], for: view, part: "part")
      return try net.emit(Squeeze(axes: [axis]), [part], for: view)
    }
    guard indices.shape.count == 1 else { throw view.failure(.unsupported("indices of several axes")) }
    let runs = runs(of: places)
    var parts: [ImportedValue] = []
    for (index, run) in runs.enumerated() {
      let slice = Slice(starts: [run.lowerBound], ends: [run.upperBound], axes: [axis])
      parts.append(try net.emit(slice, [input], for: view, part: runs.count == 1 ? nil : "part\(index)"))
    }
    return parts.count == 1 ? parts[0] : try net.emit(Concat(axis: axis), parts, for: view)
  }

  /// Whether indices into a flattened batch are all its places in their order, entry by entry.
  private static func listsEntries(_ indices: FoldedTensor) -> Bool {
    guard let places = indices.symbolicIntegers, indices.shape.first == 1 else { return false }
    return places.enumerated().allSatisfy { $1 == SymbolicInteger($0, entries: places.count) }
  }

  private static func runs(of places: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for place in places {
      if let last = runs.last, last.upperBound == place {
        runs[runs.count - 1] = last.lowerBound..<place + 1
      } else {
        runs.append(place..<place + 1)
      }
    }
    return runs
  }

  private static func pad(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let shape = net.shape(of: input)
    guard let amounts = try view.integers(attribute: "pads", orInput: 1) else {
      throw view.failure(.missing("'pads'"))
    }
    var axes = Array(shape.indices)
    if let stated = try view.integers(attribute: "axes", orInput: 3) {
      axes = []
      for index in stated { axes.append(try axis(index, of: shape, view)) }
    }
    guard amounts.count == 2 * axes.count else {
      throw view.failure(.invalid("'pads' has \(amounts.count) numbers, \(2 * axes.count) are wanted"))
    }
    var before = shape.map { _ in 0 }
    var after = before
    for (place, axis) in axes.enumerated() {
      before[axis] = amounts[place]
      after[axis] = amounts[place + axes.count]
    }
    let mode: Pad.Mode
    switch view.node.string("mode") ?? "constant" {
    case "constant": mode = .constant(try view.number(attribute: "value", orInput: 2) ?? 0)
    case "reflect": mode = .reflect
    case "wrap": mode = .wrap
    case "edge": mode = .edge
    case let other: throw view.failure(.unsupported("padding by '\(other)'"))
    }
    return try net.emit(Pad(before: before, after: after, mode: mode), [input], for: view)
  }
}

extension [Int] {
  fileprivate func indices(of axis: Int) -> Range<Int> { 0..<self[axis] }
}
