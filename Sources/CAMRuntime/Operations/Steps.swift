/// x without its fraction.
package struct Round: ElementwiseOperation {
  /// Towards which integer.
  package enum Direction: Sendable {
    case down, up
    /// The nearest; halves to the even one.
    case nearest
  }

  /// The name of the kind.
  package static let kind = "round"
  /// Towards which integer.
  package let direction: Direction

  /// The operation.
  package init(_ direction: Direction = .nearest) { self.direction = direction }

  /// Its formula.
  package var function: ElementwiseFunction {
    switch direction {
    case .down: ElementwiseFunction(.floor)
    case .up: ElementwiseFunction(.ceiling)
    case .nearest: ElementwiseFunction(.nearest)
    }
  }

  /// What holds for it; its slope is zero wherever it has one.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// -1, 0 or 1.
package struct Sign: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "sign"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.sign) }

  /// What holds for it; its slope is zero wherever it has one.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// x drawn towards zero by `shift`; zero where it lies within `threshold` of it.
package struct Shrink: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "shrink"
  /// Up to where values become zero.
  package let threshold: Float
  /// How far the others move.
  package let shift: Float

  /// The operation.
  package init(threshold: Float = 0.5, shift: Float = 0) {
    self.threshold = threshold
    self.shift = shift
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.shrink, threshold, shift) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}
