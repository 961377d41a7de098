/// What holds for an operation at inference whatever its input.
package struct OperationTraits: OptionSet, Sendable {
  /// The set's bits.
  package let rawValue: Int

  /// A set from its bits.
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// The value is an affine function of all inputs together.
  package static let affine = OperationTraits(rawValue: 1)
  /// Channel k of the value depends on channel k of the inputs only.
  package static let channelLocal = OperationTraits(rawValue: 2)
  /// Each element of the value depends on the same element of the inputs only (after broadcasting).
  package static let elementwise = OperationTraits(rawValue: 4)
  /// A ReLU or a relative of it, to which guided backpropagation applies.
  package static let rectifier = OperationTraits(rawValue: 8)
  /// The value equals the input, perhaps under another shape.
  package static let identity = OperationTraits(rawValue: 16)
  /// A softmax or sigmoid that ends a classifier.
  package static let probabilities = OperationTraits(rawValue: 32)
  /// The value is piecewise linear in the input, so that second derivatives vanish.
  package static let piecewiseLinear = OperationTraits(rawValue: 64)
  /// The value's elements are the inputs', perhaps in another order; there may be none.
  package static let movement = OperationTraits(rawValue: 128)

  /// Whether the value is an affine function of all inputs together.
  package var isAffine: Bool { contains(.affine) }
  /// Whether channel k of the value depends on channel k of the inputs only.
  package var isChannelLocal: Bool { contains(.channelLocal) }
  /// Whether each element of the value depends on the same element of the inputs only.
  package var isElementwise: Bool { contains(.elementwise) }
  /// Whether guided backpropagation changes the reverse pass.
  package var isRectifier: Bool { contains(.rectifier) }
  /// Whether the value equals the input, perhaps under another shape.
  package var isIdentity: Bool { contains(.identity) }
  /// Whether the operation turns scores into probabilities.
  package var turnsScoresIntoProbabilities: Bool { contains(.probabilities) }
  /// Whether the operation only moves elements, so that it needs none.
  package var onlyMovesElements: Bool { contains(.movement) }
  /// Whether the value is piecewise linear in the inputs.
  package var isPiecewiseLinear: Bool { contains(.piecewiseLinear) || isAffine }
}
