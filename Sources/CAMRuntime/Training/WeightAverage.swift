/// A running mean of the weights after each step: it lies in the middle of the valley around whose walls single steps wander.
package struct WeightAverage {
  private let share: Double
  private(set) var steps: Int
  /// The mean of every parameter, running statistics included, in the order of the network.
  package private(set) var values: [[Float]]

  /// A mean that keeps `share` of itself at each step, less in the beginning, so that it soon forgets where it began.
  package init(share: Double, values: [[Float]], steps: Int = 0) {
    self.share = share
    self.values = values
    self.steps = steps
  }

  /// Takes in the weights after a step.
  package mutating func take(_ parameters: [TrainingParameter]) {
    steps += 1
    let kept = min(share, Double(1 + steps) / Double(10 + steps))
    let taken = Float(1 - kept)
    for (index, parameter) in parameters.enumerated() {
      values[index].withUnsafeMutableBufferPointer { mean in
        for place in mean.indices { mean[place] += taken * (parameter.values[place] - mean[place]) }
      }
    }
  }
}
