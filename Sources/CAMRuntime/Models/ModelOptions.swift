internal import ModelIO

/// What a person can ask of a model besides its name.
package struct ModelOptions: Sendable {
  /// A file of weights for a built-in network.
  package var weights: String?
  /// The number of classes; a head of another number starts anew.
  package var classes: Int?
  package var size: ImageSize?
  /// Random weights from this seed instead of a file.
  package var seed: UInt64?
  /// From which a head starts anew where the file has another; that of the weights where nil.
  package var headSeed: UInt64?
  package var preprocessing = PreprocessingChanges()
  /// Once it is raised, loading ends with `ModelError.interrupted`.
  package var interrupt = InterruptFlag()

  /// Who waits for the file's contents.
  var waiter: Waiter {
    let interrupt = interrupt
    return Waiter { interrupt.isRaised }
  }

  package init() {}
}

/// Changes to a model's own preprocessing.
package struct PreprocessingChanges: Sendable {
  /// Means and deviations on the 0...1 scale, one value or one for each channel.
  package var mean: [Float]?
  package var deviation: [Float]?
  package var filter: Preprocessing.Filter?
  package var fit: Preprocessing.Fit?

  package init() {}

  /// The changed preprocessing.
  package func applied(to original: Preprocessing) throws(ModelError) -> Preprocessing {
    var result = original
    if let filter { result.filter = filter }
    if let fit { result.fit = fit }
    guard mean != nil || deviation != nil else { return result }
    let count = original.order.count
    func spread(_ values: [Float]?, _ name: String, otherwise own: [Float]) throws(ModelError) -> [Float] {
      guard let values else { return own.map { $0 * original.divisor / 255 } }
      guard values.count == 1 || values.count == count else {
        throw .option("\(name)= takes one value or \(count), found \(values.count)")
      }
      return values.count == 1 ? [Float](repeating: values[0], count: count) : values
    }
    result.mean = try spread(mean, "mean", otherwise: original.mean)
    result.deviation = try spread(deviation, "std", otherwise: original.deviation)
    guard result.deviation.allSatisfy({ $0 > 0 }) else { throw .option("std= must be above zero") }
    result.divisor = 255
    return result
  }
}
