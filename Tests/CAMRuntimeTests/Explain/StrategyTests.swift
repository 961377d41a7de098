import CAMRuntime
import Testing

/// The fast ways against the plain loop, on random nets of every tail shape.
@Suite("ablation strategies") struct StrategyTests {
  static let seeds: [UInt64] = [1, 2]

  /// What the analysis must choose for each shape.
  static let expected: [RandomNet.Tail: AblationStrategy] = [
    .pooledLinear: .closedForm, .negativeTarget: .closedForm, .reducedMean: .closedForm,
    .average: .closedForm,
    .maxPooledLinear: .closedForm, .pooledNormLinear: .closedForm, .pooledTwoLinear: .closedForm,
    .flattenedHidden: .linearDelta, .pooledFlattenedHidden: .linearDelta, .rectifiedFlattened: .linearDelta,
    .headConvolution: .linearDelta, .classMaps: .convolutionDelta, .convolution: .convolutionDelta,
    .stridedConvolution: .convolutionDelta, .groupedConvolution: .convolutionDelta,
    .depthwise: .convolutionDelta, .residual: .convolutionDelta, .projectedResidual: .convolutionDelta,
    .preActivation: .convolutionDelta, .branches: .convolutionDelta, .denseConcat: .convolutionDelta,
    .gated: .convolutionDelta, .squeezeExcite: .convolutionDelta, .smooth: .convolutionDelta,
    .secondUse: .editedTail,
    .tokenMixing: .closedForm, .squareTokenMixing: .closedForm, .tokenResidual: .convolutionDelta,
    .rowMixing: .convolutionDelta, .rowsAlone: .closedForm, .regrouped: .editedTail,
    .regroupedFiner: .convolutionDelta, .channelAttention: .editedTail, .channelNeighbours: .editedTail,
    .tokenChannels: .editedTail, .addedConstant: .convolutionDelta, .separableConstant: .convolutionDelta,
    .besideConstant: .convolutionDelta,
  ]

  @Test("every tail shape gets the cheapest exact strategy", arguments: RandomNet.Tail.allCases)
  func chosen(_ tail: RandomNet.Tail) throws {
    let net = try RandomNet(tail, seed: 1)
    let analysis = try TailAnalysis(of: net.graph, after: net.layer)
    #expect(analysis.strategy == Self.expected[tail])
  }

  private func weights(
    _ net: RandomNet, _ score: Score, unit: AblationUnit, baseline: AblationBaseline,
    strategy: AblationStrategy?, options: ExecutionOptions = ExecutionOptions()
  ) throws -> [Float] {
    let probe = try Probe(try Network(net.graph, options: options), input: net.input, layer: net.layer)
    let deltas = try probe.unitDeltas(unit, baseline: baseline, strategy: strategy)
    return try probe.scoreDrops(of: score, from: deltas).map { Float($0) }
  }

  @Test("channels: fast equals naive for every score", arguments: RandomNet.Tail.allCases, seeds)
  func channels(_ tail: RandomNet.Tail, _ seed: UInt64) throws {
    let net = try RandomNet(tail, seed: seed)
    for kind in Score.Kind.allCases {
      for baseline in AblationBaseline.allCases {
        let score = Score(kind, classIndex: 2)
        let fast = try weights(net, score, unit: .channel, baseline: baseline, strategy: nil)
        let batch = try weights(net, score, unit: .channel, baseline: baseline, strategy: .editedTail)
        let naive = try weights(net, score, unit: .channel, baseline: baseline, strategy: .naive)
        // Where the mean baseline changes nothing, what is left is rounding of the scores themselves.
        expectClose(fast, naive, within: Tolerance.order, "\(tail) \(kind) \(baseline)", floor: 0.1)
        expectClose(batch, naive, within: Tolerance.order, "\(tail) \(kind) \(baseline) batch", floor: 0.1)
      }
    }
  }

  @Test("padding that a max pool takes over stays padding for changes")
  func paddedPool() throws {
    var numbers = SeededNumbers(3)
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 6, 6])
    let first = Convolution(weight: numbers.tensor([4, 3, 3, 3], -0.5, 0.5), padding: 1)
    let maps = try builder.add(ReLU(), try builder.add(first, input))
    let second = Convolution(weight: numbers.tensor([16, 4, 3, 3], -0.5, 0.5), padding: 1)
    let framed = try builder.add(
      Pad(Padding(top: 1, left: 1, bottom: 1, right: 1), mode: .constant(-.infinity)),
      try builder.add(second, maps))
    let pooled = try builder.add(MaxPool(kernel: 3, stride: 2), framed)
    let weight = numbers.tensor([3, 144], -0.5, 0.5)
    let scores = try builder.add(Linear(weight: weight), try builder.add(Flatten(), pooled))
    let network = try Network(builder.build(output: scores))
    let picture = numbers.tensor([1, 3, 6, 6], -1, 1)
    func drops(_ strategy: AblationStrategy?) throws -> [Float] {
      let probe = try Probe(network, input: picture, layer: maps)
      let deltas = try probe.unitDeltas(.channel, strategy: strategy)
      return try probe.scoreDrops(of: Score(.logit, classIndex: 1), from: deltas).map { Float($0) }
    }
    expectClose(try drops(nil), try drops(.naive), within: Tolerance.order, "padded pool", floor: 0.1)
    expectClose(try drops(.editedTail), try drops(.naive), within: Tolerance.order, "batch", floor: 0.1)
  }

  @Test("positions: fast equals naive for every score", arguments: RandomNet.Tail.allCases, seeds)
  func positions(_ tail: RandomNet.Tail, _ seed: UInt64) throws {
    let net = try RandomNet(tail, seed: seed)
    for kind in Score.Kind.allCases {
      let score = Score(kind, classIndex: 1)
      let fast = try weights(net, score, unit: .spatial, baseline: .zero, strategy: nil)
      let naive = try weights(net, score, unit: .spatial, baseline: .zero, strategy: .naive)
      // The plain loop subtracts scores, whose last digits are what remains of small drops.
      expectClose(fast, naive, within: Tolerance.order, "\(tail) \(kind)", floor: 0.5)
    }
  }

  @Test("memory limit and threads change nothing", arguments: RandomNet.Tail.allCases)
  func independence(_ tail: RandomNet.Tail) throws {
    let net = try RandomNet(tail, seed: 3)
    let score = Score(.softmax, classIndex: 0)
    let reference = try weights(net, score, unit: .channel, baseline: .zero, strategy: nil)
    for (limit, threads) in [(1, 1), (20_000, 2), (200_000, 1), (1 << 30, 2)] {
      let found = try weights(
        net, score, unit: .channel, baseline: .zero, strategy: nil,
        options: ExecutionOptions(threads: threads, memoryLimit: limit))
      expectClose(found, reference, within: Tolerance.batch, "\(tail) \(limit) \(threads)", floor: 0.1)
    }
  }

  @Test("a dead channel has a drop of exactly zero")
  func deadChannels() throws {
    for tail in RandomNet.Tail.allCases {
      let net = try RandomNet(tail, seed: 4)
      let network = try Network(net.graph)
      let probe = try Probe(network, input: net.input, layer: net.layer)
      let killed = probe.maps.like { target in
        probe.maps.tensor.withValues { values in
          for index in target.indices {
            target[index] = index / probe.maps.positions == 3 ? 0 : values[index]
          }
        }
      }
      let engine = try network.values(
        of: [net.graph.logits], replacing: [net.layer: killed.tensor], base: network.forward(net.input))
      #expect(engine[net.graph.logits] != nil)
      let minimum = probe.maps.channelMinima
      let constant = (0..<probe.maps.channels).filter { probe.maps.plane($0).isConstant }
      let drops = try probe.scoreDrops(
        of: Score(.softmax, classIndex: 0), from: try probe.unitDeltas(.channel, baseline: .min))
      for channel in constant { #expect(drops[channel] == 0, "\(tail) \(minimum[channel])") }
    }
  }

  @Test("another class of a known picture needs no other run")
  func secondClass() throws {
    let net = try RandomNet(.flattenedHidden, seed: 5)
    let interrupt = InterruptFlag()
    let network = try Network(net.graph, options: ExecutionOptions(interrupt: interrupt))
    let explainer = Explainer(network)
    let method = try AblationCAM(MethodArguments(for: AblationCAM.self))
    func explain(_ index: Int) throws -> Explanation {
      try explainer.explain(
        net.input, ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: index)))
    }
    let first = try explain(0)
    // With the flag up, anything that runs a primitive stops: the second class must not run one.
    interrupt.raise()
    let second = try explain(1)
    interrupt.clear()
    #expect(first.weights != second.weights)
    let fresh = try Explainer(network).explain(
      net.input, ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 1)))
    #expect(second.weights == fresh.weights)
  }

  @Test("an interrupt ends every method and leaves the explainer as it was")
  func interrupts() throws {
    let net = try RandomNet(.residual, seed: 6)
    let interrupt = InterruptFlag()
    let explainer = Explainer(try Network(net.graph, options: ExecutionOptions(interrupt: interrupt)))
    for type in CAMCatalog.all where type.needs.contains(.tail) || type.needs.contains(.network) {
      let method = try type.init(
        MethodArguments(for: type, type.parameters.contains { $0.name == "samples" } ? ["samples": "2"] : [:])
      )
      let request = ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 0))
      let before = try explainer.explain(net.input, request)
      explainer.forget()
      interrupt.raise()
      #expect(throws: Interrupted.self, "\(type.name)") { try explainer.explain(net.input, request) }
      interrupt.clear()
      let after = try explainer.explain(net.input, request)
      #expect(before.map == after.map, "\(type.name)")
    }
  }

  @Test("less precision of the network does not reach the drops", arguments: RandomNet.Tail.allCases)
  func precision(_ tail: RandomNet.Tail) throws {
    let net = try RandomNet(tail, seed: 8)
    let network = try Network(net.graph)
    let short = try Probe(
      try Network(net.graph, options: ExecutionOptions(precision: .bfloat16)), input: net.input,
      layer: net.layer)
    let score = Score(.logit, classIndex: 1)
    // The tail of the short network's own maps, once more in single precision from the start.
    let reference = try network.values(
      of: [net.graph.logits], replacing: [net.layer: short.maps.tensor], base: try network.forward(net.input))
    let drops = try short.scoreDrops(of: score, from: try short.unitDeltas(.channel))
    let killed = short.maps.like { target in
      short.maps.tensor.withValues { values in
        for index in target.indices { target[index] = index / short.maps.positions == 1 ? 0 : values[index] }
      }
    }
    let without = try network.values(
      of: [net.graph.logits], replacing: [net.layer: killed.tensor], base: try network.forward(net.input))
    let expected = (reference[net.graph.logits]?.values[1] ?? 0) - (without[net.graph.logits]?.values[1] ?? 0)
    #expect(abs(Float(drops[1]) - expected) < 2e-5, "\(tail)")
  }
}
