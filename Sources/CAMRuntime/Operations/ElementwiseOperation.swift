internal import CVector

/// A formula of one variable with up to two constants.
package struct ElementwiseFunction: Sendable, Hashable {
  /// The formulas; the numbers are those of the C loops.
  package enum Formula: Int32, Sendable {
    case clip, leaky, elu, selu, silu, mish, hardSigmoid, hardSwish, sigmoid, tanh, softplus, softsign
    case gelu, geluTanh, abs, scale, exp, log, sqrt, reciprocal, erf, pow
    case floor, ceiling, nearest, sign, threshold, shrink, sine, cosine
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

extension ElementwiseOperation {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// f of each element.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.map(inputs[0], function)
  }

  /// A cut tells from its value where it cut: only there that is a border of the range.
  ///
  /// So a pass that keeps what a reverse pass reads keeps the value that it computes in any case.
  package var readsOutput: Bool { function.formula == .clip }

  /// What the derivative is taken at.
  package var readsInputs: Bool { !traits.isAffine && !readsOutput }

  /// The gradient times f' of each element, by the rule where the operation is a rectifier.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    // The slope of an affine function is the same everywhere.
    let point = pass.output ?? pass.inputs.first ?? pass.gradient
    let rule = traits.isRectifier ? pass.rule : nil
    return [device.slope(of: function, rule: rule, at: point, times: pass.gradient)]
  }
}

extension RectifierRule {
  /// The number of the rule in the C loops.
  var code: Int32 {
    switch self {
    case .standard: 0
    case .guided: 1
    case .deconvolution: 2
    }
  }
}
