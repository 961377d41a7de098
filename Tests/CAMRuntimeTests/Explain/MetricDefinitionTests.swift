import CAMRuntime
import Foundation
import Testing

/// Metrics by their definitions, in a net whose logits are the means of the picture's two channels.
@Suite("metrics by their definitions") struct MetricDefinitionTests {
  private static let width = 7
  /// No two places are equally hot.
  private static let heat: [Float] = [0.2, 1, 0.4, 0, 0.9, 0.6, 0.5]
  private let graph: Graph
  private let layer: NodeID

  init() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 2, 1, Self.width])
    layer = try builder.add(Identity(), input)
    let flat = try builder.add(Flatten(axis: 1), try builder.add(GlobalAveragePool(), layer))
    let output = try builder.add(Linear(weight: Tensor([2, 2], values: [1, 0, 0, 1])), flat)
    graph = try builder.build(output: output)
  }

  private func judge(
    _ picture: [Float], map: [Float] = heat, mask: ExplanationMask = .top20, background: [Float] = [0, 0],
    steps: Int = 3
  ) throws -> MapJudge {
    let map = SaliencyMap(height: 1, width: Self.width, values: map)
    let probe = try Explainer(try Network(graph)).probe(
      Tensor([1, 2, 1, Self.width], values: picture), at: layer)
    return MapJudge(
      map: map, probe: probe, classIndex: 0, mask: mask, background: background, blurs: false, steps: steps
    ) { _ in map }
  }

  /// The first class' probability of a picture.
  private func probability(_ picture: [Float]) -> Double {
    let sums = [0, 1].map { picture[$0 * Self.width..<($0 + 1) * Self.width].reduce(0.0) { $0 + Double($1) } }
    return 1 / (1 + exp((sums[1] - sums[0]) / Double(Self.width)))
  }

  /// One of the hottest places holds what speaks for the class, another place what speaks against it.
  private static let picture: [Float] = [0, 9, 0, 0, 1, 0, -6] + [0, 1, 0, 1, 0, 0, 0]

  @Test("what is gained is a share of what was lacking to one")
  func gain() throws {
    // Two of seven places are a fifth, rounded up.
    let seen: [Float] = [0, 9, 0, 0, 1, 0, 0] + [0, 1, 0, 0, 0, 0, 0]
    let (whole, part) = (probability(Self.picture), probability(seen))
    #expect(abs(whole - 0.5) > 0.05 && part > whole)
    let judge = try judge(Self.picture)
    #expect(abs(try #require(try AverageGain.value(of: judge)) - 100 * (part - whole) / (1 - whole)) < 1e-4)
    #expect(try AverageDrop.value(of: judge) == 0 && ConfidenceIncrease.value(of: judge) == 100)
  }

  @Test("what stays the same has not grown")
  func same() throws {
    let all = try judge(Self.picture, map: [Float](repeating: 1, count: Self.width), mask: .soft)
    #expect(try ConfidenceIncrease.value(of: all) == 0)
    #expect(try LogitIncrease.value(of: all) == 0)
  }

  @Test("a logit that is not positive has no share to lose or to gain")
  func negative() throws {
    let judge = try judge(Self.picture.map { -$0 })
    #expect(try LogitDrop.value(of: judge) == nil)
    #expect(try LogitIncrease.value(of: judge) == nil)
  }

  @Test("a step reaches its share of the pixels, rounded up; what is hidden is the background")
  func steps() throws {
    let background: [Float] = [0.5, -1]
    let order = [1, 4, 5, 6, 2, 0, 3]
    func scores(_ reaches: [Int], comesBack: Bool) -> [Double] {
      reaches.map { reach in
        let hidden = comesBack ? order.dropFirst(reach) : order.prefix(reach)
        var picture = Self.picture
        for place in hidden { (picture[place], picture[Self.width + place]) = (background[0], background[1]) }
        return probability(picture)
      }
    }
    func area(_ scores: [Double]) -> Double {
      zip(scores, scores.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 } / Double(scores.count - 1)
    }
    for (steps, reaches) in [(3, [0, 3, 5, 7]), (7, Array(0...7)), (50, Array(0...7))] {
      let judge = try judge(Self.picture, background: background, steps: steps)
      let (deletion, insertion) = (try Deletion.value(of: judge), try Insertion.value(of: judge))
      #expect(abs(try #require(deletion) - area(scores(reaches, comesBack: false))) < 1e-6, "\(steps)")
      #expect(abs(try #require(insertion) - area(scores(reaches, comesBack: true))) < 1e-6, "\(steps)")
    }
  }
}
