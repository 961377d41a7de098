import Glibc

extension Network {
  /// The gradient of the cross entropy of a class with respect to the network's input, and the logits.
  ///
  /// Where each class has a probability of its own, or there is a single score, it is that of the class alone: -log of its sigmoid.
  ///
  /// Against its direction the network takes the picture more for the class, along it less.
  ///
  /// - Parameters:
  ///   - input: one picture.
  ///   - target: the class.
  /// - Returns: the gradient, of the input's shape, and all logits.
  /// - Throws: what the network reports.
  package func lossGradient(_ input: Tensor, target: Int) throws -> (gradient: Tensor, logits: [Double]) {
    precondition(input.shape.rank > 0 && input.shape[0] == 1, "one picture at a time")
    let activations = try forward(input, gradientsTo: [graph.input])
    let scores = activations[graph.logits]?.values.map(Double.init) ?? []
    precondition(scores.indices.contains(target), "there is no class \(target)")
    let seed = graph.probability == .sigmoid ? sigmoidSeed(scores, target) : softmaxSeed(scores, target)
    let gradients = try gradient(
      from: graph.logits, seed: Tensor(graph[graph.logits].shape.withBatch(1), values: seed),
      withRespectTo: [graph.input], at: activations)
    return (gradients[graph.input] ?? .zeros(input.shape), scores)
  }

  private func sigmoidSeed(_ scores: [Double], _ target: Int) -> [Float] {
    scores.indices.map { $0 == target ? Float(-1 / (1 + exp(scores[$0]))) : 0 }
  }

  private func softmaxSeed(_ scores: [Double], _ target: Int) -> [Float] {
    let greatest = scores.max() ?? 0
    let shares = scores.map { exp($0 - greatest) }
    let sum = shares.reduce(0, +)
    // 1 - p loses all digits where p is nearly one, so the others are summed in its place.
    let others = shares.indices.reduce(0.0) { $1 == target ? $0 : $0 + shares[$1] }
    return shares.indices.map { Float($0 == target ? -others / sum : shares[$0] / sum) }
  }
}
