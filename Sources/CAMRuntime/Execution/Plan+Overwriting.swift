extension Plan {
  /// Lets convolutions write their results over the residuals that they add, where nobody reads those afterwards.
  ///
  /// A residual lies in memory of its own where the step that gives it allocates, and all that read it do so too: others may
  /// hand their input's memory on. Steps are in order, and known values are never written over.
  static func overwrite(_ order: inout [FusionPass.Work], _ wanted: Set<NodeID>) {
    var apart: Set<NodeID> = []
    var lastReader: [NodeID: NodeID] = [:]
    for step in order {
      if allocates(step.operation) { apart.insert(step.output) } else { apart.subtract(step.inputs) }
      for input in step.inputs { lastReader[input] = step.output }
    }
    for (place, step) in order.enumerated() {
      guard step.inputs.count == 2, step.inputs[0] != step.inputs[1], apart.contains(step.inputs[1]),
        !wanted.contains(step.inputs[1]), lastReader[step.inputs[1]] == step.output,
        var operation = step.operation as? any ResidualSum
      else { continue }
      operation.overwrites = true
      order[place].operation = operation
    }
  }

  private static func allocates(_ operation: any Operation) -> Bool {
    operation is any ResidualSum || operation is MaxPool
  }
}

/// An operation that adds its second input to its result, and always allocates that or takes the second input's memory.
protocol ResidualSum: Operation {
  /// Whether nobody reads the second input after it.
  var overwrites: Bool { get set }
}

extension FusedConvolution: ResidualSum {}

extension SeparableBlock: ResidualSum {
  var overwrites: Bool {
    get { project.overwrites }
    set { project.overwrites = newValue }
  }
}

extension Device {
  /// Memory for a picture that a residual is added to: the residual's where that may be written over and lies alike.
  func allocate(_ shape: Shape, narrow: Bool, over residual: Value?) -> Value {
    if let residual, residual.shape == shape, residual.layout == .channelsLast, residual.isNarrow == narrow {
      return residual
    }
    return narrow ? allocateNarrow(shape) : allocate(shape, .channelsLast)
  }
}
