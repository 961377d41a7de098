import CAMRuntime
import Testing

@Suite("ablation-cam++") struct ClusterTests {
  private func explain(_ net: RandomNet, _ name: String, _ options: [String: String]) throws -> Explanation {
    let type = try #require(CAMCatalog.method(named: name))
    let method = try type.init(MethodArguments(for: type, options, seed: 3))
    return try Explainer(try Network(net.graph)).explain(
      net.input, ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 1)))
  }

  @Test(
    "without a threshold every cluster is split and the weights are ablation-cam's", arguments: [41, 42, 43])
  func split(_ seed: UInt64) throws {
    let net = try RandomNet(.pooledFlattenedHidden, seed: seed)
    let tree = try explain(net, "ablation-cam++", ["threshold": "0"])
    let plain = try explain(net, "ablation-cam", [:])
    // A cluster whose parts cancel exactly is not split; random nets have none.
    expectClose(tree.weights ?? [], plain.weights ?? [], within: Tolerance.order, floor: 0.01)
  }

  @Test("with everything below the threshold all channels share one drop")
  func whole() throws {
    let net = try RandomNet(.pooledLinear, seed: 44)
    let tree = try explain(net, "ablation-cam++", ["threshold": "1"])
    let linear = try #require(net.graph[net.graph.logits].operation as? Linear)
    let bias = Double(linear.bias?.values[1] ?? 0)
    let alive = tree.activations.channelSums.filter { $0 > 0 }.count
    let share = (tree.scoreValue - bias) / abs(tree.scoreValue)
    if abs(share) <= 1 {
      for (weight, sum) in zip(tree.weights ?? [], tree.activations.channelSums) {
        #expect(abs(Double(weight) - (sum > 0 ? share / Double(alive) : 0)) < 1e-5)
      }
    }
  }
}
