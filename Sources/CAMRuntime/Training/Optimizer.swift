internal import CVector
import Glibc

/// How parameters follow their gradients.
package enum OptimizerKind: String, Sendable, CaseIterable {
  /// Kingma and Ba, "Adam", 2015; weight decay is added to the gradient.
  case adam
  /// Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
  case adamW = "adamw"
  /// Stochastic gradient descent with Nesterov's momentum.
  case sgd

  /// How many floats of memory each parameter needs.
  var slots: Int { self == .sgd ? 1 : 2 }
}

/// An optimiser's settings; the defaults are PyTorch's.
package struct OptimizerSettings: Sendable {
  package var kind: OptimizerKind
  package var weightDecay: Double
  /// The share of the former step in the next one (SGD).
  package var momentum: Double
  package var isNesterov: Bool
  package var betas: (Double, Double)
  package var epsilon: Double

  package init(
    kind: OptimizerKind = .adam, weightDecay: Double = 0, momentum: Double = 0.9, isNesterov: Bool = true,
    betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8
  ) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.betas = betas
    self.epsilon = epsilon
  }
}

/// The optimiser's memory and its update, in 32-bit floats whatever the network computes in.
package struct Optimizer {
  package let settings: OptimizerSettings
  /// The steps taken so far.
  package private(set) var steps: Int
  /// For each parameter, the running averages one after the other.
  package private(set) var memory: [[Float]]

  /// An optimiser that has seen nothing yet, for parameters of these sizes.
  package init(_ settings: OptimizerSettings, sizes: [Int]) {
    self.settings = settings
    steps = 0
    memory = sizes.map { [Float](repeating: 0, count: $0 * settings.kind.slots) }
  }

  /// An optimiser that goes on from a checkpoint.
  package init(_ settings: OptimizerSettings, steps: Int, memory: [[Float]]) {
    self.settings = settings
    self.steps = steps
    self.memory = memory
  }

  /// Moves every parameter one step along its gradient.
  package mutating func step(
    rate: Double,
    parameters: [(values: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>)]
  ) {
    precondition(parameters.count == memory.count, "the optimiser was made for \(memory.count) parameters")
    steps += 1
    let (settings, steps) = (settings, steps)
    for (index, parameter) in parameters.enumerated() {
      memory[index].withUnsafeMutableBufferPointer { memory in
        switch settings.kind {
        case .sgd:
          settings.moveSGD(parameter.values, parameter.gradient, memory, rate: rate, step: steps)
        case .adam, .adamW:
          settings.moveAdam(parameter.values, parameter.gradient, memory, rate: rate, step: steps)
        }
      }
    }
  }
}

extension OptimizerSettings {
  fileprivate func moveSGD(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>,
    _ velocity: UnsafeMutableBufferPointer<Float>, rate: Double, step: Int
  ) {
    // Without Nesterov's look ahead the step is the velocity itself.
    var descent = cv_descent(
      rate: Float(rate), decay: Float(weightDecay), momentum: Float(momentum), own: isNesterov ? 1 : 0,
      share: isNesterov ? Float(momentum) : 1, first: step == 1 ? 1 : 0)
    cv_descend(&descent, values.baseAddress, gradient.baseAddress, velocity.baseAddress, values.count)
  }

  fileprivate func moveAdam(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>,
    _ memory: UnsafeMutableBufferPointer<Float>, rate: Double, step: Int
  ) {
    let count = values.count
    let isDecoupled = kind == .adamW
    var adam = cv_adam(
      first: Float(betas.0), second: Float(betas.1), decay: isDecoupled ? 0 : Float(weightDecay),
      keep: isDecoupled ? Float(1 - rate * weightDecay) : 1,
      size: Float(rate / (1 - pow(betas.0, Double(step)))),
      root: Float((1 - pow(betas.1, Double(step))).squareRoot()), epsilon: Float(epsilon))
    let squares = memory.baseAddress.map { $0 + count }
    cv_adam_move(&adam, values.baseAddress, gradient.baseAddress, memory.baseAddress, squares, count)
  }
}
