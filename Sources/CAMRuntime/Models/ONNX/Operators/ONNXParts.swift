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
    "Pad": { view, net throws(ONNXImportError) in [try pad(view, &net)] },
  ]

  static func axis(
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
