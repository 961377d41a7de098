import CAMRuntime
import TestSupport
import Testing

@Suite("sampled Shapley values") struct ShapleyTests {
  /// Few channels, so that every set of them can be tried; tails of every strategy.
  private static let tails: [RandomNet.Tail] = [
    .pooledLinear, .pooledFlattenedHidden, .projectedResidual, .gated, .secondUse,
  ]

  private func explain(
    _ net: RandomNet, permutations: Int, seed: UInt64 = 5, score: Score.Kind = .logit,
    options: ExecutionOptions = ExecutionOptions()
  ) throws -> Explanation {
    let arguments = MethodArguments(
      for: ShapleyCAM.self, ["values": "sampled", "permutations": "\(permutations)"], seed: seed)
    return try Explainer(try Network(net.graph, options: options)).explain(
      net.input,
      ExplanationRequest(
        try ShapleyCAM(arguments), layers: [net.layer], score: Score(score, classIndex: 1)))
  }

  /// The scores of all sets of channels, the set's bits as the index.
  private func scoresOfAllSets(_ net: RandomNet, _ score: Score) throws -> [Double] {
    let probe = try Probe(try Network(net.graph), input: net.input, layer: net.layer)
    let positions = probe.maps.positions
    return try probe.scores(score, ofEdits: 1 << probe.maps.channels) { set, copy in
      for channel in 0..<probe.maps.channels where set & 1 << channel == 0 {
        for place in channel * positions..<(channel + 1) * positions { copy[place] = 0 }
      }
    }
  }

  /// Shapley's formula: what a channel adds to a set of `n` others counts `n! (K - n - 1)! / K!` times.
  private func exactValues(_ scores: [Double], channels: Int) -> [Double] {
    var shares = [1 / Double(channels)]
    for size in 1..<channels { shares.append(shares[size - 1] * Double(size) / Double(channels - size)) }
    return (0..<channels).map { channel in
      scores.indices.filter { $0 & 1 << channel == 0 }.reduce(0) { sum, set in
        sum + shares[set.nonzeroBitCount] * (scores[set | 1 << channel] - scores[set])
      }
    }
  }

  @Test("they come to the exact values", arguments: tails, [Score.Kind.logit, .softmax, .rest])
  func converges(_ tail: RandomNet.Tail, _ kind: Score.Kind) throws {
    let net = try RandomNet(tail, seed: 71)
    let scores = try scoresOfAllSets(net, Score(kind, classIndex: 1))
    let channels = scores.count.trailingZeroBitCount
    let exact = exactValues(scores, channels: channels)
    func error(_ permutations: Int) throws -> Double {
      // The mean over seeds, since a single draw of few orders may be lucky.
      try (1...4).reduce(0.0) { sum, seed in
        let found = try explain(net, permutations: permutations, seed: UInt64(seed), score: kind)
        let gaps = zip(found.weights ?? [], exact).map { (Double($0) - $1) * (Double($0) - $1) }
        return sum + gaps.reduce(0, +) / 4
      }.squareRoot()
    }
    let scale = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let (few, many) = (try error(4), try error(400))
    // Errors fall with the root of the number of orders: tenfold from 4 to 400.
    #expect(many < max(few / 3, 2e-5 * scale), "\(few) became \(many) of \(scale)")
    #expect(many < 0.1 * scale, "off by \(many) of \(scale)")
  }

  @Test("they add up to what the layer adds, for any number of orders", arguments: tails, [1, 2, 7])
  func efficiency(_ tail: RandomNet.Tail, _ permutations: Int) throws {
    let net = try RandomNet(tail, seed: 72)
    for kind in Score.Kind.allCases {
      let scores = try scoresOfAllSets(net, Score(kind, classIndex: 1))
      let found = try explain(net, permutations: permutations, score: kind)
      let sum = (found.weights ?? []).reduce(0) { $0 + Double($1) }
      let all = try #require(scores.last) - scores[0]
      #expect(abs(sum - all) < 2e-5 * max(1, abs(all)), "\(kind)")
    }
  }

  @Test("one seed gives one result, whatever the memory and the threads; another seed another")
  func seeds() throws {
    let net = try RandomNet(.projectedResidual, seed: 73)
    let first = try explain(net, permutations: 3)
    let again = try explain(net, permutations: 3)
    #expect(first.weights == again.weights)
    let small = try explain(net, permutations: 3, options: ExecutionOptions(threads: 1, memoryLimit: 1))
    expectClose(small.weights ?? [], first.weights ?? [1], within: Tolerance.batch)
    #expect(try explain(net, permutations: 3, seed: 6).weights != first.weights)
  }

  @Test("where channels add up one order is exact and the tail is never run")
  func additive() throws {
    let net = try RandomNet(.pooledNormLinear, seed: 74)
    let exact = exactValues(
      try scoresOfAllSets(net, Score(.logit, classIndex: 1)),
      channels: try explain(net, permutations: 1).activations.channels)
    let found = try explain(net, permutations: 1)
    #expect(found.strategy == .closedForm)
    expectClose(found.weights ?? [], exact.map { Float($0) }, within: Tolerance.order)
    #expect(try explain(net, permutations: 2, score: .softmax).strategy == .closedForm)
  }

  @Test("a dead channel is worth exactly nothing")
  func dead() throws {
    var random = SeededGenerator(seed: 75)
    func tensor(_ shape: Shape, firstOutputIsZero: Bool = false) -> Tensor {
      Tensor(
        shape,
        values: (0..<shape.count).map {
          firstOutputIsZero && $0 < shape.count / shape[0] ? 0 : Float(random.normal())
        })
    }
    var builder = GraphBuilder()
    let start = try builder.input(shape: [1, 2, 5, 5])
    let target = try builder.add(
      ReLU(), try builder.add(Convolution(weight: tensor([4, 2, 3, 3], firstOutputIsZero: true)), start))
    let next = try builder.add(ReLU(), try builder.add(Convolution(weight: tensor([6, 4, 2, 2])), target))
    let flat = try builder.add(Flatten(axis: 1), next)
    let output = try builder.add(Linear(weight: tensor([3, 24])), flat)
    let explainer = Explainer(try Network(try builder.build(output: output)))
    let arguments = MethodArguments(for: ShapleyCAM.self, ["values": "sampled"])
    let found = try explainer.explain(
      tensor([1, 2, 5, 5]),
      ExplanationRequest(try ShapleyCAM(arguments), layers: [target], score: Score(.logit, classIndex: 0)))
    let weights = try #require(found.weights)
    #expect(weights[0] == 0)
    #expect(weights.contains { $0 != 0 })
  }

  @Test("the tiny net's values are those of all its orders", .enabled(if: SharedFiles.directory != nil))
  func anchors() throws {
    let net = try AnchorNet("mlp")
    let arguments = MethodArguments(
      for: ShapleyCAM.self, ["values": "sampled", "permutations": "4000"], seed: 1)
    let found = try Explainer(try Network(net.graph)).explain(
      net.input,
      ExplanationRequest(
        try ShapleyCAM(arguments), layers: [net.layer], score: Score(.logit, classIndex: net.classIndex)))
    let reference = try net.values("exact_shapley_channels_logit")
    expectClose(found.weights ?? [], reference, within: 0.03)
  }
}
