/// Channels that come last, as exporters of TensorFlow's networks leave them between two `Transpose` nodes: such steps are
/// done with the channels first, and the turn comes behind them, where it cancels or is read by what needs it.
extension ONNXAssembler {
  /// From the channels first to the channels last.
  private static let turn = [0, 2, 3, 1]

  /// The maps with their channels first of which a value is only the turned form; nil where it is none.
  func unturned(_ value: ImportedValue) -> ImportedValue? {
    guard case .node(let id) = value, let order = operation(of: id) as? Transpose,
      order.permutation == Self.turn, let source = source(of: id)
    else { return nil }
    return .node(source)
  }

  /// Maps with their channels last again, as the file has them.
  mutating func turned(
    _ value: ImportedValue, for view: ONNXNodeView, part: String? = nil
  ) throws(ONNXImportError) -> ImportedValue {
    try add(Transpose(Self.turn), [value], for: view, part: (part.map { "\($0)/" } ?? "") + "channels_last")
  }

  /// The value of an operation on turned maps, computed on the maps themselves; nil where it cannot be.
  mutating func sunk(
    _ operation: any Operation, _ inputs: [ImportedValue], for view: ONNXNodeView, part: String?,
    name: String?
  ) throws(ONNXImportError) -> ImportedValue? {
    guard inputs.contains(where: { unturned($0) != nil }), let same = Self.withChannelsFirst(operation)
    else { return nil }
    var maps: [ImportedValue] = []
    for input in inputs {
      guard let map = unturned(input) ?? unturnedConstant(input, same) else { return nil }
      maps.append(map)
    }
    return try turned(try add(same, maps, for: view, part: part, name: name), for: view, part: part)
  }

  /// An operand that is known, with its channels first.
  private func unturnedConstant(_ value: ImportedValue, _ operation: any Operation) -> ImportedValue? {
    guard operation is any BinaryOperation, case .constant(let folded) = value, folded.shape.count <= 4 else {
      return nil
    }
    if folded.count == 1 { return .constant(folded.reshaped([1, 1, 1, 1])) }
    let extents = [Int](repeating: 1, count: 4 - folded.shape.count) + folded.shape
    let strides = Shape(extents).strides
    let order = [0, 3, 1, 2]
    let shape = order.map { extents[$0] }
    let places = ONNXFoldedShapes.strided(shape, order.map { strides[$0] })
    return .constant(folded.picking(places, shape: shape))
  }

  /// The operation on maps with their channels first that does what one does with them last; nil where there is none.
  private static func withChannelsFirst(_ operation: any Operation) -> (any Operation)? {
    switch operation {
    case is any BinaryOperation, is Identity, is Dropout: return operation
    case let join as Concat:
      return (-4..<4).contains(join.axis) ? Concat(axis: turn[(join.axis + 4) % 4]) : nil
    case let pad as Pad where pad.before.count == 4 && pad.after.count == 4:
      let order = [0, 3, 1, 2]
      return Pad(before: order.map { pad.before[$0] }, after: order.map { pad.after[$0] }, mode: pad.mode)
    default:
      // What has parameters has them along the axis of channels.
      return operation.traits.isElementwise && operation.parameters.isEmpty ? operation : nil
    }
  }

  /// The axes of the maps themselves in place of those of their turned form.
  func unturned(axes: [Int]) -> [Int] { axes.map { Self.turn[$0] }.sorted() }
}
