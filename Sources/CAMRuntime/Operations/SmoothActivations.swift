/// x, or alpha (exp(x) - 1) below zero.
package struct ELU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "elu"
  /// The limit below zero, negated.
  package let alpha: Float

  /// The operation.
  package init(alpha: Float = 1) {
    self.alpha = alpha
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.elu, alpha) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// gamma times ELU.
package struct SELU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "selu"
  /// The limit below zero, negated.
  package let alpha: Float
  /// The factor.
  package let gamma: Float

  /// The operation.
  package init(alpha: Float = 1.6732632, gamma: Float = 1.0507010) {
    self.alpha = alpha
    self.gamma = gamma
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.selu, alpha, gamma) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// x sigmoid(x), also called swish.
package struct SiLU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "silu"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.silu) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// x tanh(softplus(x)).
package struct Mish: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "mish"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.mish) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// alpha x + beta cut to 0...1.
package struct HardSigmoid: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "hard-sigmoid"
  /// The slope.
  package let alpha: Float
  /// The value at zero.
  package let beta: Float

  /// The operation.
  package init(alpha: Float = 1 / 6, beta: Float = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.hardSigmoid, alpha, beta) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// x times x / 6 + 1/2 cut to 0...1.
package struct HardSwish: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "hard-swish"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.hardSwish) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// 1 / (1 + exp(-x)).
package struct Sigmoid: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "sigmoid"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.sigmoid) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .probabilities] }
}

/// The hyperbolic tangent.
package struct Tanh: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "tanh"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.tanh) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// log(1 + exp(x)).
package struct Softplus: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "softplus"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.softplus) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}

/// x / (1 + |x|).
package struct Softsign: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "softsign"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.softsign) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal] }
}

/// x times the normal distribution function, exact or by the usual tanh formula.
package struct GELU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "gelu"

  /// Which formula stands for the distribution function.
  package enum Formula: Sendable {
    case exact
    case tanh
  }

  /// Which formula stands for the distribution function.
  package let formula: Formula

  /// The operation.
  package init(_ formula: Formula = .exact) {
    self.formula = formula
  }

  /// Its formula.
  package var function: ElementwiseFunction {
    ElementwiseFunction(formula == .exact ? .gelu : .geluTanh)
  }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier] }
}
