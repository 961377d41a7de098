import CAMRuntime
import Testing

/// Nets in which windows, heads or parts of a split stand beside the batch, as transformers' exports have them.
@Suite("values whose leading axis is not the batch") struct FoldedBatchTests {
  /// [N, 4, 4, 4] as 2 N entries whose parts mix, then as three parts in front of the batch that meet again.
  private struct Net {
    let graph: Graph
    let maps: NodeID
    let folded: NodeID
    let stacked: NodeID

    init() throws {
      var numbers = SeededNumbers(11)
      var builder = GraphBuilder()
      let input = try builder.input(shape: [1, 3, 4, 4])
      let weight = numbers.tensor([6, 3, 3, 3], -0.5, 0.5)
      let filtered = try builder.add(Convolution(weight: weight, padding: 1), input)
      maps = try builder.add(ReLU(), filtered)
      // Two entries for each picture; each is joined with its own square.
      let windows = try builder.add(Reshape([-1, 3, 16]), maps)
      folded = try builder.add(Concat(axis: 1), windows, try builder.add(Multiply(), windows, windows))
      let mixed = try builder.add(Softmax(axis: 1), folded)
      let tokens = try builder.add(Reshape([-1, 4, 3, 16]), mixed)
      stacked = try builder.add(Transpose([2, 0, 1, 3]), tokens)
      var parts: [NodeID] = []
      for part in 0..<3 {
        let slice = Slice(starts: [part], ends: [part + 1], axes: [0])
        parts.append(try builder.add(Squeeze(axes: [0]), try builder.add(slice, stacked)))
      }
      let products = try builder.add(MatMul(), parts[0], try builder.add(Transpose([0, 2, 1]), parts[1]))
      let joined = try builder.add(Concat(axis: 2), products, parts[2])
      let flat = try builder.add(Flatten(), joined)
      let scores = try builder.add(Linear(weight: numbers.tensor([3, 80], -0.5, 0.5)), flat)
      graph = try builder.build(output: scores)
    }
  }

  private func pictures(_ count: Int) -> Tensor {
    var numbers = SeededNumbers(5)
    return numbers.tensor([count, 3, 4, 4], -1, 1)
  }

  @Test("each entry of a batch gets the scores and the gradient that it gets alone")
  func entries() throws {
    let net = try Net()
    let network = try Network(net.graph)
    let batch = pictures(3)
    let all = try network.forward(batch, keeping: [net.folded, net.stacked])
    #expect(all[net.folded]?.shape == [6, 6, 16] && all[net.stacked]?.shape == [3, 3, 4, 16])
    let scores = try #require(all[net.graph.logits])
    let seed = Tensor([3, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
    let gradient = try #require(
      try network.gradient(from: net.graph.logits, seed: seed, withRespectTo: [net.graph.input], at: all)[
        net.graph.input])
    for entry in 0..<3 {
      let one = try network.forward(batch.entries(entry..<entry + 1))
      #expect(
        relativeError(
          try #require(one[net.graph.logits]).values, scores.entries(entry..<entry + 1).values) < 1e-6)
      let alone = try network.gradient(
        from: net.graph.logits, seed: seed.entries(entry..<entry + 1), withRespectTo: [net.graph.input],
        at: one)
      #expect(
        relativeError(
          try #require(alone[net.graph.input]).values, gradient.entries(entry..<entry + 1).values) < 1e-5)
    }
  }

  @Test(
    "entries of a batch stand apart behind every tail shape, beside what is the same for all of them too",
    arguments: RandomNet.Tail.allCases)
  func tails(_ tail: RandomNet.Tail) throws {
    let net = try RandomNet(tail, seed: 3)
    let network = try Network(net.graph)
    var numbers = SeededNumbers(21)
    let batch = numbers.tensor(net.input.shape.withBatch(3), -1, 1)
    let seed = numbers.tensor([3, net.classes])
    let source = net.graph.input, logits = net.graph.logits
    func pass(_ pictures: Tensor, _ seed: Tensor) throws -> (scores: [Float], gradient: [Float]) {
      let values = try network.forward(pictures, gradientsTo: [source])
      let gradient = try network.gradient(from: logits, seed: seed, withRespectTo: [source], at: values)
      return (try #require(values[logits]).values, try #require(gradient[source]).values)
    }
    let together = try pass(batch, seed)
    let alone = try (0..<3).map { try pass(batch.entries($0..<$0 + 1), seed.entries($0..<$0 + 1)) }
    #expect(relativeError(together.scores, alone.flatMap(\.scores)) < 1e-5)
    #expect(relativeError(together.gradient, alone.flatMap(\.gradient)) < 1e-4)
  }

  @Test("what is the same for every picture is no layer to explain by")
  func constantLayer() throws {
    let graph = try RandomNet(.addedConstant, seed: 3).graph
    let constant = try #require(graph.nodes.first { $0.operation is Constant })
    #expect(throws: ExplainError.isConstant(layer: constant.name)) {
      try TailAnalysis(of: graph, after: constant.id)
    }
  }

  @Test("the gradient agrees with finite differences")
  func finiteDifferences() throws {
    let net = try Net()
    let network = try Network(net.graph)
    let batch = pictures(2)
    var numbers = SeededNumbers(3)
    let seed = numbers.tensor([2, 3]), direction = numbers.tensor(batch.shape)
    let values = try network.forward(batch)
    let found = try #require(
      try network.gradient(
        from: net.graph.logits, seed: seed, withRespectTo: [net.graph.input], at: values)[net.graph.input])
    func score(_ step: Float) throws -> Double {
      let moved = Tensor(
        batch.shape, values: zip(batch.values, direction.values).map { $0 + step * $1 })
      let scores = try #require(try network.forward(moved)[net.graph.logits]).values
      return zip(scores, seed.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let expected = (try score(2e-3) - score(-2e-3)) / 4e-3
    let product = zip(found.values, direction.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(product - expected) < 0.02 * abs(expected) + 1e-3, "\(product) and \(expected)")
  }

  @Test("shapes written for one picture serve one picture")
  func literalShapes() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 4, 3])
    let windows = try builder.add(Reshape([2, 2, 3]), input)
    let joined = try builder.add(Concat(axis: 1), windows, windows)
    let network = try Network(builder.build(output: joined))
    let picture = Tensor([1, 4, 3], values: (0..<12).map(Float.init))
    let found = try #require(try network.forward(picture)[network.graph.output])
    #expect(found.shape == [2, 4, 3])
    #expect(Array(found.values[12..<24]) == [6, 7, 8, 9, 10, 11, 6, 7, 8, 9, 10, 11])
    #expect(throws: GraphError.self) { try network.forward(.zeros([2, 4, 3])) }
  }

  @Test("a batch of edits over the values of one picture gives what each edit gives alone")
  func edits() throws {
    let net = try Net()
    let network = try Network(net.graph)
    let base = try network.forward(pictures(1), keeping: [net.maps, net.folded])
    let folded = try #require(base[net.folded])
    var numbers = SeededNumbers(8)
    let edits = numbers.tensor([4, 6, 4, 4], 0, 1)
    let together = try network.tail(after: net.maps, edits: edits, base: base)
    for entry in 0..<4 {
      let alone = try network.tail(after: net.maps, edits: edits.entries(entry..<entry + 1), base: base)
      #expect(
        relativeError(
          try #require(alone[net.graph.logits]).values,
          try #require(together[net.graph.logits]).entries(entry..<entry + 1).values) < 1e-6)
    }
    #expect(folded.shape == [2, 6, 16])
  }

  @Test("what is said of the strategy is what runs")
  func strategy() throws {
    let net = try Net()
    let tail = try TailAnalysis(of: net.graph, after: net.maps)
    #expect(net.graph.foldedNodes.isSuperset(of: [net.folded, net.stacked]))
    #expect(!net.graph.foldedNodes.contains(net.maps))
    #expect(tail.strategy(folding: net.graph.foldedNodes) == .editedTail)
    let probe = try Probe(try Network(net.graph), input: pictures(1), layer: net.maps)
    #expect(try probe.unitDeltas(.channel).strategy == .editedTail)
    for tail in RandomNet.Tail.allCases {
      let net = try RandomNet(tail, seed: 2)
      let said = try TailAnalysis(of: net.graph, after: net.layer).strategy(folding: net.graph.foldedNodes)
      let probe = try Probe(try Network(net.graph), input: net.input, layer: net.layer)
      #expect(try probe.unitDeltas(.channel).strategy == said, "\(tail)")
    }
  }

  @Test("taking channels away gives what the plain loop gives, by any strategy")
  func ablation() throws {
    let net = try Net()
    let score = Score(.logit, classIndex: 1)
    func drops(_ strategy: AblationStrategy?) throws -> [Float] {
      let probe = try Probe(try Network(net.graph), input: pictures(1), layer: net.maps)
      return try probe.scoreDrops(
        of: score, from: try probe.unitDeltas(.channel, baseline: .zero, strategy: strategy)
      ).map { Float($0) }
    }
    let base = try Network(net.graph).forward(pictures(1), keeping: [net.maps])
    let maps = try #require(base[net.maps]), whole = try #require(base[net.graph.logits]).values[1]
    let expected = try (0..<6).map { channel in
      var values = maps.values
      for index in channel * 16..<(channel + 1) * 16 { values[index] = 0 }
      let network = try Network(net.graph)
      let pass = try network.forward(pictures(1))
      let tail = try network.tail(after: net.maps, edits: Tensor([1, 6, 4, 4], values: values), base: pass)
      return whole - (try #require(tail[net.graph.logits])).values[1]
    }
    for strategy in [nil, AblationStrategy.convolutionDelta, .editedTail, .naive] {
      #expect(relativeError(try drops(strategy), expected) < 1e-4)
    }
  }

  @Test(
    "edits run side by side only where parts of what they read stand in the order of the batch",
    arguments: [true, false])
  func order(_ headsFirst: Bool) throws {
    var numbers = SeededNumbers(29)
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 4, 4])
    func maps() throws -> NodeID {
      let weight = numbers.tensor([6, 3, 3, 3], -0.5, 0.5)
      return try builder.add(ReLU(), try builder.add(Convolution(weight: weight, padding: 1), input))
    }
    /// Two heads of a picture's channels beside the pictures, in front of them or behind them.
    func heads(_ maps: NodeID) throws -> NodeID {
      let parts = try builder.add(Reshape([-1, 2, 3, 16]), maps)
      let turned = headsFirst ? try builder.add(Transpose([1, 0, 2, 3]), parts) : parts
      return try builder.add(Reshape([-1, 3, 16]), turned)
    }
    let layer = try maps(), other = try maps()
    let query = try heads(layer), key = try builder.add(Transpose([0, 2, 1]), try heads(other))
    let shares = try builder.add(Softmax(axis: 2), try builder.add(MatMul(), query, key))
    let split = try builder.add(Reshape(headsFirst ? [2, -1, 9] : [-1, 2, 9]), shares)
    let joined = headsFirst ? try builder.add(Transpose([1, 0, 2]), split) : split
    let flat = try builder.add(Flatten(axis: 1), joined)
    let scores = try builder.add(Linear(weight: numbers.tensor([4, 18], -1, 1)), flat)
    let graph = try builder.build(output: scores)
    let probe = try Probe(try Network(graph), input: pictures(1), layer: layer)
    for unit in [AblationUnit.channel, .spatial] {
      let drops = try [nil, AblationStrategy.naive].map { strategy in
        try probe.scoreDrops(
          of: Score(.logit, classIndex: 2), from: try probe.unitDeltas(unit, strategy: strategy)
        ).map { Float($0) }
      }
      #expect(drops[1].contains { $0 != 0 })
      #expect(relativeError(drops[0], drops[1]) < 1e-4)
    }
    let score = Score(.softmax, classIndex: 1)
    let found = try probe.scores(score, ofEdits: 5) { index, copy in copy[index] = 2 }
    for index in 0..<5 {
      let alone = try probe.scores(score, ofEdits: 1) { _, copy in copy[index] = 2 }
      #expect(abs(found[index] - alone[0]) < 1e-6)
    }
  }

  /// Networks that serve one picture at a time: a shape without the batch, one in which it becomes something else, a
  /// mean over it.
  enum Alone: String, CaseIterable {
    case squeezed, reshaped, averaged, scaled, shared

    /// The tail, or one that does the same to a single picture and leaves the batch where it is.
    func tail(_ builder: inout GraphBuilder, _ maps: NodeID, isReference: Bool) throws -> NodeID {
      switch self {
      case .squeezed:
        let alone = isReference ? maps : try builder.add(Squeeze(axes: [0]), maps)
        let active = try builder.add(Tanh(), alone)
        return isReference ? active : try builder.add(Unsqueeze(axes: [0]), active)
      case .reshaped:
        var numbers = SeededNumbers(21)
        let rows = try builder.add(Reshape(isReference ? [0, 6, 16] : [6, 16]), maps)
        let mixed = try builder.add(Linear(weight: numbers.tensor([16, 16], -0.5, 0.5)), rows)
        let active = try builder.add(ReLU(), mixed)
        return try builder.add(Reshape(isReference ? [0, 6, 4, 4] : [1, 6, 4, 4]), active)
      case .averaged:
        let mean = isReference ? maps : try builder.add(ReduceMean(axes: [0]), maps)
        return try builder.add(Multiply(), maps, try builder.add(Sigmoid(), mean))
      case .scaled:
        // By one number of all pictures.
        let mean = ReduceMean(axes: isReference ? [1, 2, 3] : [0, 1, 2, 3], keepsDimensions: isReference)
        return try builder.add(Multiply(), maps, try builder.add(mean, maps))
      case .shared:
        // Of a single picture each has the whole share.
        let ones = Tensor([1, 6, 4, 4], values: [Float](repeating: 1, count: 96))
        let shares =
          isReference ? try builder.add(Constant(ones)) : try builder.add(Softmax(axis: 0), maps)
        return try builder.add(Add(), maps, shares)
      }
    }
  }

  @Test("networks for one picture alone are explained like any other", arguments: Alone.allCases)
  func onePicture(_ kind: Alone) throws {
    var layer: NodeID?
    let graphs = try [false, true].map { isReference in
      var numbers = SeededNumbers(17)
      var builder = GraphBuilder()
      let input = try builder.input(shape: [1, 3, 4, 4])
      let first = Convolution(weight: numbers.tensor([6, 3, 3, 3], -0.5, 0.5), padding: 1)
      let maps = try builder.add(ReLU(), try builder.add(first, input))
      let tail = try kind.tail(&builder, maps, isReference: isReference)
      let second = Convolution(weight: numbers.tensor([5, 6, 3, 3], -0.5, 0.5), padding: 1)
      let next = try builder.add(ReLU(), try builder.add(second, tail))
      let flat = try builder.add(Flatten(axis: 1), next)
      let scores = try builder.add(Linear(weight: numbers.tensor([4, 80], -0.3, 0.3)), flat)
      layer = maps
      return try builder.build(output: scores)
    }
    let maps = try #require(layer)
    for name in [
      "ablation-cam", "spatial-ablation-cam", "score-cam", "recipro-cam", "shapley-cam", "grad-cam", "is-cam",
    ] {
      let type = try #require(CAMCatalog.method(named: name))
      let found = try graphs.map { graph in
        let method = try type.init(MethodArguments(for: type))
        let request = ExplanationRequest(
          method, layers: [maps], score: Score(.logit, classIndex: 1), activation: FinalActivation.none)
        return try Explainer(try Network(graph)).explain(pictures(1), request).map.values
      }
      #expect(found[1].contains { $0 != 0 })
      #expect(relativeError(found[0], found[1]) < 1e-5, "\(name)")
    }
  }
}
