/// A node in training form: its value from its inputs' values, their gradients from its own.
protocol TrainingLayer: AnyObject {
  /// The node's value, which the layer owns.
  var output: TrainingValue { get }
  /// What the optimiser moves, and statistics.
  var parameters: [TrainingParameter] { get }
  /// Computes the value; in training form batch norms use the batch and dropouts drop.
  func forward(isTraining: Bool, seed: UInt64) throws
  /// Reads the gradient of the value, and gives shares to inputs that want one and to parameters.
  func backward() throws
}

extension TrainingLayer {
  var parameters: [TrainingParameter] { [] }
}

/// An input of a layer, and whether a gradient is wanted for it.
struct TrainingInput {
  let value: TrainingValue
  let wantsGradient: Bool
}
