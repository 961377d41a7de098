/// Random weights: what an explanation must be better than.
package struct RandomCAM: CAMMethod {
  package static let name = "random-cam"
  package static let summary = "random weights, the baseline for comparisons"
  package static let formula = "w_k uniform in [-1, 1] from the seed,  map = sum_k w_k A_k"
  package static let paper = "control of pytorch-grad-cam's benchmarks"
  package static let needs: MethodNeeds = .activations
  package static let disregards: MethodSubjects = [.classes, .scores]
  private let seed: UInt64

  package init(_ arguments: MethodArguments) throws(ExplainError) { seed = arguments.seed }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    var generator = SeededGenerator(seed: seed)
    return Attribution(.weights((0..<probe.maps.channels).map { _ in Float(2 * generator.uniform() - 1) }))
  }
}
