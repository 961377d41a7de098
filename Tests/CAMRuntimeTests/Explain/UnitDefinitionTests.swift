import CAMRuntime
import Glibc
import Testing

/// What taking units away means, held to runs of the network on maps that were edited here; and that what a probe keeps
/// answers only the question that it was computed for.
@Suite("units by their definitions") struct UnitDefinitionTests {
  static let tails: [RandomNet.Tail] = [.negativeTarget, .flattenedHidden, .residual, .smooth]

  private struct Setup {
    let net: RandomNet
    let network: Network
    let probe: Probe

    init(_ tail: RandomNet.Tail, scale: InputScale = InputScale()) throws {
      net = try RandomNet(tail, seed: 21)
      network = try Network(net.graph)
      probe = try Probe(network, input: net.input, layer: net.layer, inputScale: scale)
    }

    func explain(
      _ name: String, _ options: [String: String] = [:], score: Score, compatibility: Compatibility? = nil
    ) throws -> Attribution {
      let type = try #require(CAMCatalog.method(named: name))
      let method = try type.init(MethodArguments(for: type, options, compatibility: compatibility))
      return try method.attribution(of: score, in: probe)
    }

    /// The score's drop when the maps are edited: `edit` has a value's unit-free place and itself.
    func drop(of score: Score, _ edit: (Int, Float) -> Float) throws -> Double {
      let values = probe.maps.tensor.values.enumerated().map { edit($0, $1) }
      let edited = Tensor(probe.maps.tensor.shape, values: values)
      let logits = try network.values(
        of: [net.graph.logits], replacing: [net.layer: edited], base: network.forward(net.input))
      let without = try #require(logits[net.graph.logits]).values.map(Double.init)
      return probe.value(of: score) - score.value(of: without)
    }
  }

  private func weights(_ attribution: Attribution) throws -> [Float] {
    if case .weights(let weights) = attribution.form { return weights }
    return try #require(attribution.weights)
  }

  @Test("each baseline has drops of its own, also where another's are kept", arguments: tails)
  func baselines(_ tail: RandomNet.Tail) throws {
    let setup = try Setup(tail)
    let (maps, score) = (setup.probe.maps, Score(.logit, classIndex: 2))
    for baseline in AblationBaseline.allCases {
      let drops = try setup.probe.scoreDrops(
        of: score, from: setup.probe.unitDeltas(.channel, baseline: baseline))
      let expected = try (0..<maps.channels).map { channel -> Float in
        let own = Array(maps.tensor.values[channel * maps.positions..<(channel + 1) * maps.positions])
        let instead: Float =
          switch baseline {
          case .zero: 0
          case .mean: Float(own.reduce(0) { $0 + Double($1) } / Double(own.count))
          case .min: own.min() ?? 0
          }
        return Float(
          try setup.drop(of: score) { place, value in place / maps.positions == channel ? instead : value })
      }
      expectClose(drops.map { Float($0) }, expected, within: 1e-4, "\(tail) \(baseline)", floor: 0.1)
    }
  }

  @Test("the size of a position is that of its values in all channels", arguments: tails)
  func slopes(_ tail: RandomNet.Tail) throws {
    let setup = try Setup(tail)
    let (maps, score) = (setup.probe.maps, Score(.logit, classIndex: 1))
    let options = ["ablate": "spatial"]
    let drops = try weights(setup.explain("ablation-cam", options + ["weight": "drop"], score: score))
    let sums = try weights(setup.explain("ablation-cam", options + ["weight": "slope-l1"], score: score))
    let lengths = try weights(setup.explain("ablation-cam", options + ["weight": "slope-l2"], score: score))
    for position in 0..<maps.positions {
      let own = (0..<maps.channels).map { Double(maps.tensor.values[$0 * maps.positions + position]) }
      let sum = Float(own.reduce(0) { $0 + abs($1) })
      let length = Float(own.reduce(0) { $0 + $1 * $1 }.squareRoot())
      #expect(abs(sums[position] * sum - drops[position]) < 1e-5)
      #expect(abs(lengths[position] * length - drops[position]) < 1e-5)
    }
  }

  @Test("fast-ablation-cam's scores are those without each position")
  func fastScores() throws {
    let setup = try Setup(.negativeTarget)
    let (maps, score) = (setup.probe.maps, Score(.logit, classIndex: 3))
    let found = try setup.explain("fast-ablation-cam", score: score)
    let expected = try (0..<maps.positions).map { position in
      Float(
        setup.probe.value(of: score)
          - (try setup.drop(of: score) { place, value in place % maps.positions == position ? 0 : value }))
    }
    #expect(found.unit == .spatial)
    expectClose((found.unitScores ?? []).map { Float($0) }, expected, within: 1e-4, floor: 0.1)
  }

  @Test("what speaks against a class has the weights of what speaks for it with the other sign")
  func counterfactual() throws {
    let setup = try Setup(.smooth)
    let (pro, contra) = (
      Score(.softmax, classIndex: 1), Score(.softmax, classIndex: 1, isCounterfactual: true)
    )
    for compatibility in [Compatibility.work001, .work003, .work004] {
      let plus = try setup.explain("ablation-cam", score: pro, compatibility: compatibility)
      let minus = try setup.explain("ablation-cam", score: contra, compatibility: compatibility)
      let (for_, against) = (try #require(plus.weights), try #require(minus.weights))
      #expect(for_.contains { abs($0) > 1e-4 }, "\(compatibility)")
      expectClose(against, for_.map { -$0 }, within: 1e-5, "\(compatibility)")
    }
    let (logit, against) = (
      Score(.logit, classIndex: 1), Score(.logit, classIndex: 1, isCounterfactual: true)
    )
    let plus = try weights(setup.explain("finer-cam", score: logit))
    #expect(plus.contains { abs($0) > 1e-4 })
    expectClose(try weights(setup.explain("finer-cam", score: against)), plus.map { -$0 }, within: 1e-5)
  }

  @Test("a gradient that is kept serves its own score only")
  func keptGradients() throws {
    let setup = try Setup(.flattenedHidden)
    let terms = [(0, 1.0), (2, -0.4)].map { Score.Term(classIndex: $0.0, weight: $0.1) }
    let scores = [
      Score(.logit, classIndex: 0), Score(.logit, classIndex: 0, isCounterfactual: true),
      Score(.logit, terms: terms), Score(.softmax, classIndex: 0), Score(.logit, classIndex: 1),
    ]
    let first = try setup.probe.gradient(of: scores[0]).tensor.values
    let third = try setup.probe.gradient(of: Score(.logit, classIndex: 2)).tensor.values
    for score in scores {
      let fresh = try Setup(.flattenedHidden).probe.gradient(of: score).tensor.values
      #expect(try setup.probe.gradient(of: score).tensor.values == fresh)
    }
    // The gradient of a sum of terms is the sum of theirs.
    expectClose(
      try setup.probe.gradient(of: scores[2]).tensor.values, zip(first, third).map { $0 - 0.4 * $1 },
      within: 1e-5)
  }

  @Test("a picture of the empty picture's colour excites nothing beyond it", arguments: ["black", "mean"])
  func emptyColours(_ baseline: String) throws {
    let colour: [Float] = [-1.2, 0.3, 0.9]
    let scale = InputScale(
      black: baseline == "black" ? colour : [0, 0, 0], mean: baseline == "mean" ? colour : nil)
    let setup = try Setup(.pooledLinear, scale: scale)
    let shape = setup.net.input.shape
    let size = shape[2] * shape[3]
    let plain = Tensor(shape, values: (0..<shape.count).map { colour[$0 / size] })
    let probe = try setup.probe.sibling(of: plain)
    let type = try #require(CAMCatalog.method(named: "zero-image-cam"))
    let method = try type.init(MethodArguments(for: type, ["baseline": baseline]))
    let score = Score(.logit, classIndex: 0)
    func excess(_ probe: Probe) throws -> [Float] {
      let form = try method.attribution(of: score, in: probe).form
      if case .contributions(let maps) = form { return maps.tensor.values }
      return []
    }
    let nothing = try excess(probe)
    #expect(!nothing.isEmpty && nothing.allSatisfy { $0 == 0 })
    #expect(try excess(setup.probe).contains { $0 > 0 })
  }

  @Test(
    "reference work 002 weighs by positive gradients only",
    arguments: [RandomNet.Tail.smooth, .negativeTarget])
  func positiveGradients(_ tail: RandomNet.Tail) throws {
    let setup = try Setup(tail)
    let (maps, score) = (setup.probe.maps, Score(.softmax, classIndex: 1))
    let gradient = try setup.probe.gradient(of: score).tensor.values.map { Double($0) }
    let values = maps.tensor.values.map { Double($0) }
    var guided: [Float] = []
    var weighted: [Float] = []
    for channel in 0..<maps.channels {
      let places = channel * maps.positions..<(channel + 1) * maps.positions
      let rising = places.filter { gradient[$0] > 0 }
      let kept = rising.filter { values[$0] > 0 }.reduce(0) { $0 + gradient[$1] }
      guided.append(Float(kept / Double(maps.positions)))
      // The mean of exp(s) g, each place weighted by its alpha; constant factors of all alphas cancel.
      let sum = places.reduce(0) { $0 + values[$1] }
      let alphas = rising.map { 1 / (2 + gradient[$0] * sum) }
      let total = alphas.reduce(0, +)
      let mean = zip(alphas, rising).reduce(0) { $0 + $1.0 * gradient[$1.1] } / total
      weighted.append(rising.isEmpty ? 0 : Float(exp(setup.probe.value(of: score)) * mean))
    }
    let mixed = gradient.contains { $0 > 0 } && gradient.contains { $0 < 0 }
    #expect(tail == .negativeTarget ? values.contains { $0 < 0 } : mixed)
    for (name, expected) in [("grad-cam", guided), ("grad-cam++", weighted)] {
      let found = try setup.explain(name, score: score, compatibility: .work002)
      expectClose(try weights(found), expected, within: 1e-4, "\(name)", floor: 1e-6)
    }
  }
}

private func + (left: [String: String], right: [String: String]) -> [String: String] {
  left.merging(right) { $1 }
}
