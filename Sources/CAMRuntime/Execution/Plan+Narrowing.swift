extension Plan {
  /// Lets the convolutions and pools whose values only such steps read as take 16-bit floats hand them on so.
  static func narrow(_ order: inout [FusionPass.Work], _ wanted: Set<NodeID>) {
    var wide = wanted
    for step in order where !(step.operation as? any NarrowReader).takesNarrow { wide.formUnion(step.inputs) }
    for place in order.indices where !wide.contains(order[place].output) {
      guard var operation = order[place].operation as? any NarrowReader else { continue }
      operation.narrows = true
      order[place].operation = operation
    }
  }
}

/// An operation that may read values in 16 bits and hand its own on so.
protocol NarrowReader: Operation {
  /// Whether its loops are expected to take 16-bit floats; where they do not, values are converted.
  var takesNarrow: Bool { get }
  /// Whether its readers do.
  var narrows: Bool { get set }
}

extension Optional where Wrapped == any NarrowReader {
  fileprivate var takesNarrow: Bool { self?.takesNarrow ?? false }
}

extension FusedConvolution: NarrowReader {
  var takesNarrow: Bool {
    let inputs = convolution.weight.shape[1]
    return convolution.groups == 1 && inputs >= 16 && inputs % 2 == 0 && inputRange.isEverything
  }
}

extension MaxPool: NarrowReader {
  var takesNarrow: Bool { true }
}

extension SeparableBlock: NarrowReader {
  var takesNarrow: Bool { expand?.takesNarrow ?? project.takesNarrow }

  var narrows: Bool {
    get { project.narrows }
    set { project.narrows = newValue }
  }
}

extension ClosedRange<Float> {
  /// All numbers: a range to which nothing is cut.
  static var everything: ClosedRange<Float> { -Float.infinity...Float.infinity }
  var isEverything: Bool { self == .everything }
}
