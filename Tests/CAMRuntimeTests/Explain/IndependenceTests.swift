import CAMRuntime
import Testing

/// What must not depend on how the work is cut: batches, memory, threads, what was asked before.
@Suite("independence") struct IndependenceTests {
  private static let methods = CAMCatalog.all.filter { type in
    type.minimumLayers == 1 && type.name != "cam"
      && (type.needs.contains(.tail) || type.needs.contains(.network))
  }

  private func explain(
    _ net: RandomNet, _ type: any CAMMethod.Type, _ options: ExecutionOptions, score: Score.Kind = .logit
  ) throws -> Explanation {
    let few = type.parameters.contains { $0.name == "samples" } ? ["samples": "2"] : [:]
    let method = try type.init(MethodArguments(for: type, few, seed: 1))
    return try Explainer(try Network(net.graph, options: options)).explain(
      net.input, ExplanationRequest(method, layers: [net.layer], score: Score(score, classIndex: 1)))
  }

  @Test("no method depends on memory, batches or threads", arguments: methods.map { $0.name })
  func batches(_ name: String) throws {
    let type = try #require(CAMCatalog.method(named: name))
    let tolerance = Tolerance.batch
    for tail in [RandomNet.Tail.projectedResidual, .pooledFlattenedHidden] {
      let net = try RandomNet(tail, seed: 51)
      let reference = try explain(net, type, ExecutionOptions(threads: 2))
      for (limit, threads) in [(1, 1), (30_000, 2), (500_000, 1)] {
        let found = try explain(net, type, ExecutionOptions(threads: threads, memoryLimit: limit))
        expectClose(
          found.signedMap.values, reference.signedMap.values, within: tolerance, "\(name) \(limit)")
        if let weights = reference.weights {
          expectClose(
            found.weights ?? [], weights, within: tolerance, "\(name) \(limit) weights", floor: 0.1)
        }
      }
    }
  }

  @Test(
    "the pass that serves drops as well gives the logits and drops of the plain one", arguments: [61, 62, 63])
  func blockwise(_ seed: UInt64) throws {
    for tail in [
      RandomNet.Tail.flattenedHidden, .pooledFlattenedHidden, .rectifiedFlattened, .headConvolution,
    ] {
      let net = try RandomNet(tail, seed: seed)
      let network = try Network(net.graph)
      let plain = try Probe(network, input: net.input, layer: net.layer)
      let served = try Probe(network, input: net.input, layer: net.layer, for: AblationCAM.needs)
      expectClose(
        served.logits.map { Float($0) }, plain.logits.map { Float($0) }, within: Tolerance.order, "\(tail)")
      for kind in Score.Kind.allCases {
        let score = Score(kind, classIndex: 0)
        let drops = try served.scoreDrops(of: score, from: try served.unitDeltas(.channel)).map { Float($0) }
        let naive = try plain.scoreDrops(of: score, from: try plain.unitDeltas(.channel, strategy: .naive))
        expectClose(drops, naive.map { Float($0) }, within: Tolerance.order, "\(tail) \(kind)", floor: 0.1)
      }
      let gradients = try (
        plain.gradient(of: Score(.logit, classIndex: 0)), served.gradient(of: Score(.logit, classIndex: 0))
      )
      expectClose(gradients.1.tensor.values, gradients.0.tensor.values, within: Tolerance.order, "\(tail)")
    }
  }

  @Test("a quirk that a reference work does not have is refused", arguments: CAMCatalog.all.map { $0.name })
  func quirks(_ name: String) throws {
    let net = try RandomNet(.pooledLinear, seed: 64)
    let type = try #require(CAMCatalog.method(named: name))
    let explainer = Explainer(try Network(net.graph))
    for quirk in Compatibility.allCases
    where quirk != .pytorchGradCAM && !type.compatibilities.contains(quirk) {
      let method = try type.init(MethodArguments(for: type, compatibility: quirk))
      let layers = Array(repeating: net.layer, count: type.minimumLayers)
      #expect(throws: ExplainError.noQuirk(method: name, compatibility: quirk.rawValue)) {
        try explainer.explain(
          net.input,
          ExplanationRequest(
            method, layers: layers, score: Score(.logit, classIndex: 0), compatibility: quirk))
      }
    }
  }
}
