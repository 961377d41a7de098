/// A formula of one variable with up to two constants.
package struct ElementwiseFunction: Sendable, Hashable {
  /// The formulas; the numbers are those of the C loops.
  package enum Formula: Int32, Sendable {
    case clip, leaky, elu, selu, silu, mish, hardSigmoid, hardSwish, sigmoid, tanh, softplus, softsign
    case gelu, geluTanh, abs, scale, exp, log, sqrt, reciprocal, erf, pow
  }

  /// The formula.
  package let formula: Formula
  /// Its first constant.
  package let alpha: Float
  /// Its second constant.
  package let beta: Float

  /// A formula with its constants.
  package init(_ formula: Formula, _ alpha: Float = 0, _ beta: Float = 0) {
    self.formula = formula
    self.alpha = alpha
    self.beta = beta
  }
}

/// An operation that maps each element by one formula.
package protocol ElementwiseOperation: Operation {
  /// The formula.
  var function: ElementwiseFunction { get }
}

extension ElementwiseOperation {
  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape { try single(inputs) }
}
