import Glibc

/// The loss of a classifier: cross entropy of the softmax of its scores against the labels.
package enum CrossEntropy {
  /// The mean loss of a batch, how many labels had the highest score, and the gradient of the mean loss.
  ///
  /// With `smoothing` s a label counts 1 - s, and s is spread over all classes evenly.
  package static func evaluate(
    scores: UnsafeBufferPointer<Float>, classes: Int, labels: [Int], smoothing: Double = 0,
    gradient: UnsafeMutableBufferPointer<Float>? = nil
  ) -> (loss: Double, correct: Int) {
    precondition(scores.count == classes * labels.count)
    var loss = 0.0
    var correct = 0
    let spread = smoothing / Double(classes)
    let share = 1 / Double(labels.count)
    for (row, label) in labels.enumerated() {
      let start = row * classes
      var highest = -Float.infinity
      var best = 0
      for index in 0..<classes where scores[start + index] > highest {
        highest = scores[start + index]
        best = index
      }
      if best == label, highest.isFinite { correct += 1 }
      var sum = 0.0
      var mean = 0.0
      for index in 0..<classes {
        let distance = Double(scores[start + index]) - Double(highest)
        sum += exp(distance)
        mean += distance
      }
      let logSum = log(sum)
      let own = Double(scores[start + label]) - Double(highest)
      loss -= (1 - smoothing) * (own - logSum) + spread * (mean - Double(classes) * logSum)
      guard let gradient else { continue }
      for index in 0..<classes {
        let probability = exp(Double(scores[start + index]) - Double(highest) - logSum)
        let wanted = (index == label ? 1 - smoothing : 0) + spread
        gradient[start + index] = Float((probability - wanted) * share)
      }
    }
    return (loss * share, correct)
  }
}
