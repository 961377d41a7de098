import CAMRuntime
import Testing

/// What published implementations trip over, one test each.
///
/// By the numbers of the list that the project keeps of them:
/// 1 zeroScore, negativeScore; 2 emptyMaps; 3 singlePosition, and `StrategyTests` with pooledFlattenedHidden (4x4 to 7x7);
/// 4 the architectures' tests against Keras' files; 5 the readers' tests of strided tensors; 6 `ExplainCommandTests`;
/// 7 Display's tests of picture kinds; 8 rectangles; 9 `IndependenceTests`; 10 repeatable; 11 wrappedBytes;
/// 12 `ExplainCommandTests`, whose panels have one alpha; 13 dropout; 14 underflow; 15 normalisedZeros;
/// 16 `IdentityTests`; 17 closingSoftmax; 18 secondReader; 19 beforeRectifier; 20 does not occur: no method here takes
/// the top of a ranking.
@Suite("traps") struct TrapTests {
  /// A net of one 1x1 convolution, GAP and a linear layer whose bias makes the score what a test wants.
  private func net(
    channels: Int = 4, side: Int = 3, bias: [Float], maps: [Float], weight: [Float]? = nil,
    closing: (any Operation)? = nil
  ) throws -> (graph: Graph, layer: NodeID, input: Tensor) {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, channels, side, side])
    let target = try builder.add(Identity(), input, name: "target")
    let pool = try builder.add(GlobalAveragePool(), target)
    let flat = try builder.add(Flatten(axis: 1), pool)
    let rows = weight ?? (0..<bias.count * channels).map { Float($0 % 5) - 2 }
    var output = try builder.add(
      Linear(weight: Tensor([bias.count, channels], values: rows), bias: Tensor([bias.count], values: bias)),
      flat,
      name: "scores")
    if let closing { output = try builder.add(closing, output, name: "closing") }
    return (try builder.build(output: output), target, Tensor([1, channels, side, side], values: maps))
  }

  private func explain(
    _ net: (graph: Graph, layer: NodeID, input: Tensor), _ name: String, _ options: [String: String] = [:],
    score: Score = Score(.logit, classIndex: 0), smoothing: Smoothing = .none,
    normalization: Normalization? = nil
  ) throws -> Explanation {
    let type = try #require(CAMCatalog.method(named: name))
    let method = try type.init(MethodArguments(for: type, options))
    let request = ExplanationRequest(
      method, layers: [net.layer], score: score, normalization: normalization, smoothing: smoothing)
    return try Explainer(try Network(net.graph)).explain(net.input, request)
  }

  private static let ramp = (0..<36).map { Float($0 % 7) }

  @Test("a score of zero: literal refuses, abs stays finite")
  func zeroScore() throws {
    let zero = try net(bias: [0, 0], maps: Self.ramp, weight: [1, -1, 0, 0, 0, 0, 0, 0])
    var balanced = Self.ramp
    for index in 0..<9 { balanced[9 + index] = balanced[index] }
    let net = (zero.graph, zero.layer, Tensor([1, 4, 3, 3], values: balanced))
    #expect(throws: ExplainError.scoreIsZero(classIndex: 0)) {
      try explain(net, "ablation-cam", ["denominator": "literal"])
    }
    let found = try explain(net, "ablation-cam")
    #expect(found.map.nonFiniteCount == 0)
    #expect(found.warnings.contains { if case .scoreNotPositive = $0 { true } else { false } })
  }

  @Test("a negative score: abs keeps a drop a drop, literal flips it and says so")
  func negativeScore() throws {
    let net = try net(bias: [-50, 0], maps: Self.ramp)
    let kept = try explain(net, "ablation-cam")
    let flipped = try explain(net, "ablation-cam", ["denominator": "literal"])
    #expect(kept.scoreValue < 0)
    expectClose(flipped.weights ?? [], (kept.weights ?? []).map { -$0 }, within: 1e-6)
    #expect(flipped.warnings.contains { if case .negativeScoreFlipsSigns = $0 { true } else { false } })
  }

  @Test("all-zero and constant maps are said to be so, never NaN", arguments: Normalization.allCases)
  func emptyMaps(_ normalization: Normalization) throws {
    let zero = try net(bias: [1, 0], maps: Array(repeating: 0, count: 36))
    for type in CAMCatalog.all where type.minimumLayers == 1 {
      let options = type.parameters.contains { $0.name == "samples" } ? ["samples": "2"] : [:]
      let found = try explain(zero, type.name, options, normalization: normalization)
      #expect(found.map.nonFiniteCount == 0 && found.shown.nonFiniteCount == 0, "\(type.name)")
    }
    let found = try explain(zero, "ablation-cam", normalization: normalization)
    #expect(found.warnings.contains { if case .allZero = $0 { true } else { false } })
    let constant = try net(
      bias: [1, 0], maps: Array(repeating: 2, count: 36), weight: [1, 1, 1, 1, 0, 0, 0, 0])
    let flat = try explain(constant, "ablation-cam", normalization: normalization)
    #expect(flat.warnings.contains { if case .constant = $0 { true } else { false } })
    #expect(flat.shown.nonFiniteCount == 0)
    #expect(flat.shown.isConstant)
  }

  @Test("a layer of one position works and is said to show no place")
  func singlePosition() throws {
    let net = try net(side: 1, bias: [1, 0], maps: [1, 2, 3, 4], weight: [1, 1, 1, 1, 0, 0, 0, 0])
    let found = try explain(net, "ablation-cam")
    #expect(found.map.count == 1)
    #expect(found.warnings.contains { if case .singlePosition = $0 { true } else { false } })
    let grad = try explain(net, "grad-cam")
    expectClose(grad.weights ?? [], [1, 1, 1, 1], within: 1e-6)
  }

  @Test("a closing softmax is undone for the logit, and read once for the probability")
  func closingSoftmax() throws {
    let open = try net(bias: [1, 0], maps: Self.ramp)
    let closed = try net(bias: [1, 0], maps: Self.ramp, closing: Softmax(axis: 1))
    for kind in Score.Kind.allCases {
      let score = Score(kind, classIndex: 0)
      let plain = try explain(open, "ablation-cam", score: score)
      let ended = try explain(closed, "ablation-cam", score: score)
      expectClose(ended.weights ?? [], plain.weights ?? [], within: 1e-6, "\(kind)")
    }
  }

  @Test("a probability that underflows gives finite weights and a warning")
  func underflow() throws {
    let net = try net(bias: [0, 300], maps: Self.ramp)
    let found = try explain(net, "ablation-cam", score: Score(.softmax, classIndex: 0))
    #expect((found.weights ?? [.nan]).allSatisfy { $0.isFinite })
    #expect(found.warnings.contains { if case .probabilityUnderflow = $0 { true } else { false } })
    let log = try explain(net, "ablation-cam", score: Score(.logprob, classIndex: 0))
    #expect((log.weights ?? []).contains { $0 != 0 })
  }

  @Test("a tensor that is read twice is edited for both readers")
  func secondReader() throws {
    for tail in [RandomNet.Tail.residual, .gated, .denseConcat, .branches] {
      let net = try RandomNet(tail, seed: 9)
      let network = try Network(net.graph)
      let probe = try Probe(network, input: net.input, layer: net.layer)
      let drops = try probe.scoreDrops(
        of: Score(.logit, classIndex: 0), from: try probe.unitDeltas(.channel))
      // Once more without any help of the analysis: a graph in which the channel is cut by a mask.
      let channel = 2
      let edited = probe.maps.like { target in
        probe.maps.tensor.withValues { values in
          for index in target.indices {
            target[index] = index / probe.maps.positions == channel ? 0 : values[index]
          }
        }
      }
      let whole = try network.tail(
        after: net.layer, edits: edited.tensor, base: try network.forward(net.input))
      let without = Double(whole[net.graph.logits]?.values[0] ?? .nan)
      #expect(abs(probe.logits[0] - without - drops[channel]) < 1e-4, "\(tail)")
    }
  }

  @Test("the last channel does not stay ablated: calls do not change what comes after")
  func repeatable() throws {
    let net = try RandomNet(.convolution, seed: 10)
    let explainer = Explainer(try Network(net.graph))
    let method = try AblationCAM(MethodArguments(for: AblationCAM.self))
    let request = ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 0))
    let first = try explainer.explain(net.input, request)
    explainer.forget()
    let second = try explainer.explain(net.input, request)
    #expect(first.map == second.map && first.activations.tensor.values == second.activations.tensor.values)
  }

  @Test("rectangular pictures keep rows rows and columns columns")
  func rectangles() throws {
    let net = try RandomNet(.convolution, seed: 21)
    let explainer = Explainer(try Network(net.graph))
    for type in CAMCatalog.all where type.minimumLayers == 1 && type.name != "cam" {
      let options = type.parameters.contains { $0.name == "samples" } ? ["samples": "2"] : [:]
      let method = try type.init(MethodArguments(for: type, options))
      let request = ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 0))
      let shown = try explainer.explain(net.input, request).shown
      #expect(shown.height == net.input.shape[2] && shown.width == net.input.shape[3], "\(type.name)")
    }
  }

  @Test("a NaN or an infinity is named where it is")
  func notFinite() throws {
    var maps = Self.ramp
    maps[5] = .nan
    let broken = try net(bias: [1, 0], maps: maps)
    #expect(throws: ExplainError.notFinite(what: "the network's input", count: 1)) {
      try explain(broken, "grad-cam")
    }
    let weights = try net(bias: [1, 0], maps: Self.ramp, weight: [1, .infinity, 1, 1, 0, 0, 0, 0])
    #expect(throws: ExplainError.notFinite(what: "weight of 'scores'", count: 1)) {
      try explain(weights, "grad-cam")
    }
  }

  @Test("where values overflow, the first layer whose value does is named, not what was asked about")
  func overflow() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, 3, 3])
    let large = Tensor([1, 1, 1, 1], values: [1e30])
    let first = try builder.add(Convolution(weight: large), input, name: "first")
    let second = try builder.add(Convolution(weight: large), first, name: "second")
    let target = try builder.add(ReLU(), second, name: "target")
    let flat = try builder.add(Flatten(axis: 1), try builder.add(GlobalAveragePool(), target))
    let scores = try builder.add(Linear(weight: Tensor([2, 1], values: [1, -1])), flat, name: "scores")
    let picture = Tensor([1, 1, 3, 3], values: [1, 0, 0, 0, 0, 0, 0, 0, 2])
    let net = (graph: try builder.build(output: scores), layer: target, input: picture)
    let expected = ExplainError.notFinite(what: "the value of layer 'second'", count: 2)
    #expect(throws: expected) { try explain(net, "grad-cam") }
    #expect(throws: expected) { try Network(net.graph).finiteLogits(of: picture) }
    #expect("\(expected)" == "the value of layer 'second': 2 values are NaN or infinite")
    let one = ExplainError.notFinite(what: "weight of 'fc'", count: 1)
    #expect("\(one)" == "weight of 'fc': 1 value is NaN or infinite")
  }

  @Test("the counterfactual of a class is the other class where there are two of opposite weights")
  func counterfactual() throws {
    let net = try net(bias: [0.5, -0.5], maps: Self.ramp, weight: [1, -2, 1, 0, -1, 2, -1, 0])
    let against = try explain(net, "grad-cam", score: Score(.logit, classIndex: 0, isCounterfactual: true))
    let other = try explain(net, "grad-cam", score: Score(.logit, classIndex: 1))
    expectClose(against.map.values, other.map.values, within: 1e-6)
    let drops = try explain(
      net, "ablation-cam", ["weight": "drop"], score: Score(.logit, classIndex: 0, isCounterfactual: true))
    let others = try explain(net, "ablation-cam", ["weight": "drop"], score: Score(.logit, classIndex: 1))
    expectClose(drops.weights ?? [], others.weights ?? [], within: 1e-6)
  }

  @Test("a class that is not there is refused")
  func unknownClass() throws {
    let net = try net(bias: [1, 0], maps: Self.ramp)
    #expect(throws: ExplainError.classOutOfRange(2, count: 2)) {
      try explain(net, "grad-cam", score: Score(.logit, classIndex: 2))
    }
  }

  @Test("a layer that is no picture, or that does not reach the scores, is refused")
  func unfitLayers() throws {
    let net = try net(bias: [1, 0], maps: Self.ramp, closing: Softmax(axis: 1))
    #expect(throws: ExplainError.self) {
      try explain((net.graph, net.graph.logits, net.input), "grad-cam")
    }
  }

  @Test("smoothing by pictures averages six maps, by components it projects; guided pictures refuse both")
  func smoothing() throws {
    let net = try RandomNet(.convolution, seed: 30)
    let explainer = Explainer(try Network(net.graph))
    func explain(_ name: String, _ smoothing: Smoothing) throws -> Explanation {
      let type = try #require(CAMCatalog.method(named: name))
      return try explainer.explain(
        net.input,
        ExplanationRequest(
          try type.init(MethodArguments(for: type)), layers: [net.layer], score: Score(.logit, classIndex: 0),
          smoothing: smoothing))
    }
    let plain = try explain("grad-cam", .none)
    for smoothing in [Smoothing.aug, .eigen, .both] {
      let smooth = try explain("grad-cam", smoothing)
      #expect(smooth.map != plain.map && smooth.map.height == plain.map.height)
      #expect(throws: ExplainError.self) { try explain("guided-grad-cam", smoothing) }
    }
  }

  @Test("several layers are fused at the size of the largest")
  func fusion() throws {
    let net = try RandomNet(.projectedResidual, seed: 31)
    let explainer = Explainer(try Network(net.graph))
    let deeper = try #require(
      net.graph.nodes.last { $0.shape.rank == 4 && $0.operation is ReLU && $0.shape[2] > 1 })
    for name in ["grad-cam", "layer-cam", "refine-cam"] {
      let type = try #require(CAMCatalog.method(named: name))
      let found = try explainer.explain(
        net.input,
        ExplanationRequest(
          try type.init(MethodArguments(for: type)), layers: [net.layer, deeper.id],
          score: Score(.logit, classIndex: 0)))
      #expect(found.map.height == net.graph[net.layer].shape[2] && found.layers.count == 2, "\(name)")
    }
    let refine = try RefineCAM(MethodArguments(for: RefineCAM.self))
    #expect(throws: ExplainError.tooFewLayers(method: "refine-cam", needed: 2, found: 1)) {
      try explainer.explain(
        net.input, ExplanationRequest(refine, layers: [net.layer], score: Score(.logit, classIndex: 0)))
    }
  }

  @Test("several layers share a pass, and each has the map that it has alone")
  func sharedPass() throws {
    let net = try RandomNet(.projectedResidual, seed: 33)
    let layers = net.graph.nodes.filter {
      $0.shape.rank == 4 && $0.shape[2] > 1 && $0.id >= net.layer && $0.id != net.graph.input
    }.map(\.id)
    #expect(layers.count > 4)
    for type in CAMCatalog.all where type.minimumLayers == 1 && !type.disregards.contains(.layers) {
      for layers in [Array(layers.suffix(2)), layers] {
        guard type.name != "cam" else { continue }
        let method = try type.init(MethodArguments(for: type))
        func map(_ layers: [NodeID]) throws -> SaliencyMap {
          try Explainer(try Network(net.graph)).explain(
            net.input,
            ExplanationRequest(
              method, layers: layers, score: Score(.softmax, classIndex: 1), activation: FinalActivation.none)
          ).map
        }
        let alone = try layers.map { try map([$0]) }
        let together = type.fusion(alone)
        let fused = try #require(together)
        #expect(relativeError(try map(layers).values, fused.values) < 1e-5, "\(type.name)")
      }
    }
  }

  @Test("a work's wrapping bytes are asked for, never taken")
  func wrappedBytes() throws {
    let net = try RandomNet(.pooledLinear, seed: 71)
    let explainer = Explainer(try Network(net.graph))
    for quirk in [Compatibility?.none, .work003, .work004] {
      let method = try AblationCAM(MethodArguments(for: AblationCAM.self, compatibility: quirk))
      let found = try explainer.explain(
        net.input,
        ExplanationRequest(
          method, layers: [net.layer], score: Score(.softmax, classIndex: 0), compatibility: quirk))
      #expect(found.wrapsBytes == (quirk == .work004))
    }
  }

  @Test("dropout is off and batch norm uses what it learned: two calls are one")
  func dropout() throws {
    let net = try RandomNet(.pooledFlattenedHidden, seed: 72)
    let network = try Network(net.graph)
    let method = try GradCAM(MethodArguments(for: GradCAM.self))
    let request = ExplanationRequest(method, layers: [net.layer], score: Score(.logit, classIndex: 0))
    let first = try Explainer(network).explain(net.input, request)
    let second = try Explainer(network).explain(net.input, request)
    #expect(first.map == second.map && first.logits == second.logits)
  }

  @Test("channels that are zero in front of a normalisation count where the target says so")
  func normalisedZeros() throws {
    let net = try RandomNet(.rectifiedFlattened, seed: 73)
    let probe = try Probe(try Network(net.graph), input: net.input, layer: net.layer)
    let fast = try probe.scoreDrops(of: Score(.logit, classIndex: 0), from: try probe.unitDeltas(.channel))
    for channel in 0..<probe.maps.channels where probe.maps.plane(channel).isZero {
      #expect(fast[channel] == 0)
    }
    let naive = try probe.scoreDrops(
      of: Score(.logit, classIndex: 0), from: try probe.unitDeltas(.channel, strategy: .naive))
    expectClose(fast.map { Float($0) }, naive.map { Float($0) }, within: Tolerance.order, floor: 0.1)
  }

  @Test("a channel that is negative everywhere is no dead one")
  func negativeChannel() throws {
    var random = SeededGenerator(seed: 75)
    func numbers(_ shape: Shape) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in Float(random.normal()) })
    }
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 5, 5])
    let target = try builder.add(Identity(), input, name: "target")
    let convolution = try builder.add(
      Convolution(weight: numbers([4, 3, 3, 3]), bias: numbers([4]), padding: 1), target, name: "conv")
    let relu = try builder.add(ReLU(), convolution, name: "relu")
    let pooled = try builder.add(GlobalAveragePool(), relu, name: "gap")
    let flat = try builder.add(Flatten(axis: 1), pooled, name: "flatten")
    let scores = try builder.add(
      Linear(weight: numbers([3, 4]), bias: numbers([3])), flat, name: "fc")
    let maps = (0..<75).map { index -> Float in
      let size = Float(index % 7)
      return index / 25 == 1 ? -1 - size : size
    }
    let probe = try Probe(
      try Network(try builder.build(output: scores)), input: Tensor([1, 3, 5, 5], values: maps), layer: target
    )
    let score = Score(.logit, classIndex: 0)
    let fast = try probe.scoreDrops(of: score, from: try probe.unitDeltas(.channel))
    let naive = try probe.scoreDrops(of: score, from: try probe.unitDeltas(.channel, strategy: .naive))
    #expect(abs(naive[1]) > 0.1)
    expectClose(fast.map { Float($0) }, naive.map { Float($0) }, within: Tolerance.order, floor: 0.1)
  }

  @Test("a layer in front of a rectifier keeps its negative values")
  func beforeRectifier() throws {
    let net = try RandomNet(.convolution, seed: 74)
    #expect(net.graph[net.layer].operation.traits.isRectifier)
    let explainer = Explainer(try Network(net.graph))
    let method = try GradCAM(MethodArguments(for: GradCAM.self))
    let found = try explainer.explain(
      net.input,
      ExplanationRequest(
        method, layers: [net.graph[net.layer].inputs[0]], score: Score(.logit, classIndex: 0)))
    #expect(found.activations.tensor.values.contains { $0 < 0 })
  }

  @Test("cam says what stands where it needs something else, and behind what", arguments: [false, true])
  func notPooledLinear(hasLinear: Bool) throws {
    var builder = GraphBuilder()
    var x = try builder.add(ReLU(), try builder.input(shape: [1, 3, 4, 4]), name: "maps")
    let layer = x
    x = try builder.add(GlobalAveragePool(), x, name: "mean")
    x = try builder.add(Flatten(), x, name: "row")
    if hasLinear { x = try builder.add(Linear(weight: .zeros([2, 3])), x, name: "fc") }
    x = try builder.add(Sigmoid(), x, name: "gate")
    x = try builder.add(ReLU(), x, name: "clip")
    let tail = try TailAnalysis(of: builder.build(output: x), after: layer)
    #expect(
      throws: ExplainError.needsGlobalPooling(
        layer: "maps", after: hasLinear ? "fc" : "mean", found: "sigmoid 'gate'")
    ) { try tail.pooledLinear() }
  }
}
