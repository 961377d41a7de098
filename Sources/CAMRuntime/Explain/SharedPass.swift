/// One pass through a network, and one back, for a picture that is seen at several layers.
package final class SharedPass {
  let activations: Activations
  private let network: Network
  private let layers: [NodeID]
  private var gradients: [Score: [NodeID: Tensor]] = [:]

  /// The pass of a picture that keeps what probes at each of some layers read.
  init(_ network: Network, _ input: Tensor, tails: [TailAnalysis], for needs: MethodNeeds) throws {
    self.network = network
    layers = tails.map(\.layer)
    let reverse =
      needs.contains(.inputGradient) ? [network.graph.input] : needs.contains(.gradient) ? layers : []
    activations = try network.forward(
      input, keeping: Array(Set(tails.flatMap(\.keptValues))), gradientsTo: reverse)
  }

  /// The gradient of a score at one of the layers; those of all are found together.
  func gradient(of score: Score, seed: [Float], at layer: NodeID) throws -> Tensor? {
    if let known = gradients[score] { return known[layer] }
    let logits = network.graph.logits
    let found = try network.gradient(
      from: logits, seed: Tensor(network.graph[logits].shape, values: seed), withRespectTo: layers,
      at: activations)
    gradients[score] = found
    return found[layer]
  }
}
