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
    let rate = Float(rate), decay = Float(weightDecay), momentum = Float(self.momentum)
    let isFirst = step == 1
    let ahead: Float = isNesterov ? momentum : 0
    let own: Float = isNesterov ? 1 : 0
    for index in values.indices {
      let slope = gradient[index] + decay * values[index]
      let speed = isFirst ? slope : momentum * velocity[index] + slope
      velocity[index] = speed
      // Without Nesterov's look ahead the step is the velocity itself.
      values[index] -= rate * (own * slope + (isNesterov ? ahead : 1) * speed)
    }
  }

  fileprivate func moveAdam(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>,
    _ memory: UnsafeMutableBufferPointer<Float>, rate: Double, step: Int
  ) {
    let count = values.count
    let isDecoupled = kind == .adamW
    let (first, second) = (Float(betas.0), Float(betas.1))
    let keep = isDecoupled ? Float(1 - rate * weightDecay) : 1
    let decay = isDecoupled ? 0 : Float(weightDecay)
    let size = Float(rate / (1 - pow(betas.0, Double(step))))
    let root = Float((1 - pow(betas.1, Double(step))).squareRoot())
    let epsilon = Float(self.epsilon)
    for index in 0..<count {
      let slope = gradient[index] + decay * values[index]
      let mean = first * memory[index] + (1 - first) * slope
      let square = second * memory[count + index] + (1 - second) * slope * slope
      memory[index] = mean
      memory[count + index] = square
      values[index] = keep * values[index] - size * mean / (square.squareRoot() / root + epsilon)
    }
  }
}
