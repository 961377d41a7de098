import CAMRuntime
import Foundation
import Testing

/// Drops of every score against the difference of two scores in double precision.
@Suite("drops of scores") struct ScoreDropTests {
  /// What each unit adds to three logits: little, much, the same everywhere, more than any exponential holds.
  private static let additions: [[Float]] = [
    [0.5, -0.25, 0.125], [30, 0, 0], [0, 30, 1], [40, 40, 40], [60, 61, 59.5], [120, -3, 0.5],
    [0.25, 200, -100],
    [900, 0, 1], [-800, 0.5, 800],
  ]

  /// Each unit beside one that takes away what it adds, so that the logits are the bias.
  private func net(_ bias: [Float]) throws -> (graph: Graph, layer: NodeID, input: Tensor) {
    let columns = Self.additions + Self.additions.map { $0.map { -$0 } }
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, columns.count, 1, 1])
    let layer = try builder.add(Identity(), input, name: "target")
    let rows = (0..<3).flatMap { row in columns.map { $0[row] } }
    let linear = Linear(weight: Tensor([3, columns.count], values: rows), bias: Tensor([3], values: bias))
    let scores = try builder.add(linear, try builder.add(Flatten(axis: 1), layer))
    let ones = Tensor([1, columns.count, 1, 1], values: columns.map { _ in 1 })
    return (try builder.build(output: scores), layer, ones)
  }

  @Test(
    "they are finite and exact, whatever a unit adds", arguments: Score.Kind.allCases,
    [[0.25, -0.5, 0.125], [-200, 0, 50], [60, -60, 0]])
  func drops(_ kind: Score.Kind, _ bias: [Float]) throws {
    let net = try net(bias)
    let probe = try Probe(try Network(net.graph), input: net.input, layer: net.layer)
    let deltas = try probe.unitDeltas(.channel)
    for classIndex in 0..<3 {
      let score = Score(kind, classIndex: classIndex)
      let found = try probe.scoreDrops(of: score, from: deltas)
      for unit in found.indices {
        let without = (0..<3).map { probe.logits[$0] - Double(deltas.drops(of: $0)[unit]) }
        let expected = score.value(of: probe.logits) - score.value(of: without)
        #expect(
          abs(found[unit] - expected) <= 1e-6 * max(1, abs(expected)),
          "\(kind) of \(classIndex), unit \(unit): \(found[unit]), \(expected) expected")
      }
    }
    let method = try AblationCAM(MethodArguments(for: AblationCAM.self))
    let request = ExplanationRequest(method, layers: [net.layer], score: Score(kind, classIndex: 0))
    let weights = try Explainer(try Network(net.graph)).explain(net.input, request).weights
    #expect(try #require(weights).allSatisfy { $0.isFinite })
  }

  @Test("a sure class' drops keep their digits")
  func sure() throws {
    let net = try net([60, 0, 0])
    let probe = try Probe(try Network(net.graph), input: net.input, layer: net.layer)
    let drops = try probe.scoreDrops(
      of: Score(.logprob, classIndex: 0), from: try probe.unitDeltas(.channel))
    // Without the first unit the others gain 0.75 and 0.375 on it.
    let expected = exp(-60) * (exp(0.75) + exp(0.375) - 2)
    #expect(abs(drops[0] / expected - 1) < 1e-6, "\(drops[0])")
  }

  @Test("more units than are summed at once", arguments: [1, 255, 256, 257, 700])
  func many(_ units: Int) throws {
    let classes = 5
    var numbers = SeededNumbers(UInt64(units))
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, units, 1, 1])
    let layer = try builder.add(Identity(), input, name: "target")
    let weight = numbers.tensor([classes, units], -0.5, 0.5)
    let linear = Linear(weight: weight, bias: numbers.tensor([classes]))
    let scores = try builder.add(linear, try builder.add(Flatten(axis: 1), layer))
    let picture = numbers.tensor([1, units, 1, 1])
    let probe = try Probe(try Network(try builder.build(output: scores)), input: picture, layer: layer)
    let deltas = try probe.unitDeltas(.channel)
    for classIndex in 0..<classes {
      let score = Score(.logprob, classIndex: classIndex)
      let found = try probe.scoreDrops(of: score, from: deltas)
      #expect(found.count == units)
      for unit in found.indices {
        let without = (0..<classes).map { probe.logits[$0] - Double(deltas.drops(of: $0)[unit]) }
        let expected = score.value(of: probe.logits) - score.value(of: without)
        #expect(abs(found[unit] - expected) <= 1e-6, "class \(classIndex), unit \(unit)")
      }
    }
  }
}
