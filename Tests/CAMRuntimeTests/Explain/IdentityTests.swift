import CAMRuntime
import Testing

/// What must hold between methods whatever the numbers, on random nets of GAP and one linear layer.
@Suite("identities") struct IdentityTests {
  static let seeds: [UInt64] = [11, 12, 13, 14]

  private struct Setup {
    let net: RandomNet
    let explainer: Explainer
    let weight: Tensor
    let bias: [Float]

    init(seed: UInt64) throws {
      net = try RandomNet(.pooledLinear, seed: seed)
      explainer = Explainer(try Network(net.graph))
      let linear = try #require(net.graph[net.graph.logits].operation as? Linear)
      weight = linear.weight
      bias = linear.bias?.values ?? []
    }

    func explain(
      _ name: String, _ options: [String: String] = [:], score: Score.Kind = .logit, classIndex: Int = 1
    ) throws -> Explanation {
      let type = try #require(CAMCatalog.method(named: name))
      let method = try type.init(MethodArguments(for: type, options))
      let request = ExplanationRequest(
        method, layers: [net.layer], score: Score(score, classIndex: classIndex))
      return try explainer.explain(net.input, request)
    }

    func probe() throws -> Probe { try explainer.probe(net.input, at: net.layer) }
  }

  @Test("grad-cam, xgrad-cam and cam weigh alike; cam is grad-cam times the positions", arguments: seeds)
  func gradients(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let cam = try setup.explain("cam")
    let grad = try setup.explain("grad-cam")
    let positions = Float(cam.map.count)
    let row = setup.weight.values[grad.activations.channels..<2 * grad.activations.channels]
    expectClose(cam.weights ?? [], Array(row), within: 1e-6)
    expectClose(grad.weights ?? [], row.map { $0 / positions }, within: Tolerance.order)
    expectClose(
      try setup.explain("hires-cam").signedMap.values, grad.signedMap.values, within: Tolerance.order)
    // XGrad-CAM's constant in the denominator matters only for channels that are nearly dead.
    let sums = grad.activations.channelSums
    let xgrad = try setup.explain("xgrad-cam").weights ?? []
    for channel in sums.indices where sums[channel] > 0.1 {
      #expect(abs(xgrad[channel] - (grad.weights?[channel] ?? 0)) < 1e-5)
    }
  }

  @Test("a drop is the class weight times the channel's mean", arguments: seeds)
  func drops(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let drop = try setup.explain("ablation-cam", ["weight": "drop"])
    let means = drop.activations.channelMeans
    let channels = means.count
    let expected = (0..<channels).map { Float(Double(setup.weight.values[channels + $0]) * means[$0]) }
    expectClose(drop.weights ?? [], expected, within: Tolerance.order)
  }

  @Test(
    "the slope by the sum of magnitudes is grad-cam's weight where maps are not negative", arguments: seeds)
  func slope(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let slope = try setup.explain("ablation-cam", ["weight": "slope-l1"])
    let grad = try setup.explain("grad-cam")
    for channel in 0..<slope.activations.channels where slope.activations.channelSums[channel] > 0 {
      #expect(abs((slope.weights?[channel] ?? 0) - (grad.weights?[channel] ?? 1)) < 1e-5)
    }
  }

  @Test("the drop of a position is hires-cam; recipro-cam at a point is that plus the bias", arguments: seeds)
  func positions(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let fast = try setup.explain("fast-ablation-cam")
    let hires = try setup.explain("hires-cam")
    expectClose(fast.signedMap.values, hires.signedMap.values, within: Tolerance.order)
    let recipro = try setup.explain("recipro-cam", ["window": "point"])
    expectClose(
      recipro.signedMap.values, hires.signedMap.values.map { $0 + setup.bias[1] }, within: Tolerance.order)
  }

  @Test("the mean baseline changes nothing, and it is said so", arguments: seeds)
  func meanBaseline(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let found = try setup.explain("ablation-cam", ["baseline": "mean", "weight": "drop"])
    #expect((found.weights ?? [1]).allSatisfy { $0 == 0 })
    #expect(found.map.isZero)
    #expect(found.warnings.contains { if case .meanBaselineUnderGlobalPooling = $0 { true } else { false } })
  }

  @Test("softmax drops have a closed form", arguments: seeds)
  func softmax(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let probe = try setup.probe()
    let found = try setup.explain("ablation-cam", score: .softmax)
    let means = probe.maps.channelMeans
    let weight = setup.weight.values
    for (channel, mean) in means.enumerated() {
      let without = probe.logits.indices.map {
        probe.logits[$0] - Double(weight[$0 * means.count + channel]) * mean
      }
      let expected = Score(.softmax, classIndex: 1).value(of: without)
      #expect(abs((found.unitScores?[channel] ?? 0) - expected) < 1e-6)
    }
  }

  @Test("shapley-cam of the logit is grad-cam where the tail is piecewise linear", arguments: seeds)
  func shapley(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    expectClose(
      try setup.explain("shapley-cam").weights ?? [], try setup.explain("grad-cam").weights ?? [],
      within: 1e-6)
  }

  @Test("zero-image-cam is the mean of what exceeds the empty picture", arguments: seeds)
  func zeroImage(_ seed: UInt64) throws {
    let setup = try Setup(seed: seed)
    let probe = try setup.probe()
    let empty = try probe.sibling(of: .zeros(setup.net.input.shape)).maps
    let expected = (0..<probe.maps.positions).map { position -> Float in
      let sum = (0..<probe.maps.channels).reduce(0.0) { sum, channel in
        let index = channel * probe.maps.positions + position
        return sum + Double(max(probe.maps.tensor.values[index] - empty.tensor.values[index], 0))
      }
      return Float(sum / Double(probe.maps.channels))
    }
    expectClose(try setup.explain("zero-image-cam").map.values, expected, within: Tolerance.order)
  }

  @Test("cam refuses a tail that is more than pooling and one linear layer")
  func refusal() throws {
    for tail in [RandomNet.Tail.flattenedHidden, .convolution, .pooledNormLinear, .pooledTwoLinear, .average]
    {
      let net = try RandomNet(tail, seed: 1)
      let explainer = Explainer(try Network(net.graph))
      let method = try ClassActivationMap(MethodArguments(for: ClassActivationMap.self))
      let request = ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 0))
      #expect(throws: ExplainError.self, "\(tail)") { try explainer.explain(net.input, request) }
    }
  }
}
