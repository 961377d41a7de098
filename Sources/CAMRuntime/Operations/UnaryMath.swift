/// |x|.
package struct Abs: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "abs"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.abs) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// -x.
package struct Neg: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "neg"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.scale, -1) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .affine] }
}

/// e to the x.
package struct Exp: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "exp"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.exp) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The natural logarithm.
package struct Log: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "log"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.log) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The square root.
package struct Sqrt: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "sqrt"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.sqrt) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// 1 / x.
package struct Reciprocal: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "reciprocal"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.reciprocal) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The error function.
package struct Erf: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "erf"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.erf) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The sine of radians.
package struct Sine: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "sin"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.sine) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// The cosine of radians.
package struct Cosine: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "cos"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.cosine) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// x to a constant power.
package struct Pow: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "pow"
  /// The power.
  package let exponent: Float

  /// The operation.
  package init(exponent: Float) {
    self.exponent = exponent
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.pow, exponent) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// factor x + summand.
package struct Scale: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "scale"
  /// The factor.
  package let factor: Float
  /// The summand.
  package let summand: Float

  /// The operation.
  package init(factor: Float, summand: Float = 0) {
    self.factor = factor
    self.summand = summand
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.scale, factor, summand) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .affine] }
}
