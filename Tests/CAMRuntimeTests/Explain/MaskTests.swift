import CAMRuntime
import Testing

@Suite("masks of score-cam") struct MaskTests {
  /// A net whose layer has the size of its input, so that a mask is the layer's map from 0 to 1, with channels that are
  /// alike up to a factor, constant, or of a single place.
  private struct Net {
    let graph: Graph
    let layer: NodeID
    let input: Tensor

    init() throws {
      var random = SeededGenerator(seed: 91)
      func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
      var builder = GraphBuilder()
      let start = try builder.input(shape: [1, 2, 5, 6])
      // Factors and summands of the first input channel: 0 and 1 are multiples, 2 and 4 are constant, 3 and 5 see the brightest
      // place only, 6 and 7 are maps of their own.
      let mixed = Convolution(
        weight: Tensor([8, 2, 1, 1], values: [1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 1, -1]),
        bias: Tensor([8], values: [0, 0, 0.5, -3, 2, -6, 0, 0]))
      layer = try builder.add(ReLU(), try builder.add(mixed, start))
      let next = try builder.add(
        ReLU(), try builder.add(Convolution(weight: Tensor([7, 8, 3, 3], values: numbers(504))), layer))
      let flat = try builder.add(Flatten(axis: 1), next)
      let output = try builder.add(Linear(weight: Tensor([3, 84], values: numbers(252))), flat)
      graph = try builder.build(output: output)
      var values = numbers(60).map { Swift.min($0, 2) }
      values[17] = 4
      input = Tensor([1, 2, 5, 6], values: values)
    }
  }

  @Test("every channel has the score of the picture seen through its own mask")
  func scores() throws {
    let net = try Net()
    let network = try Network(net.graph)
    let score = Score(.logit, classIndex: 1)
    let found = try Explainer(network).explain(
      net.input,
      ExplanationRequest(try ScoreCAM(MethodArguments(for: ScoreCAM.self)), layers: [net.layer], score: score)
    )
    let scores = try #require(found.unitScores)
    #expect(scores.count == 8)
    let picture = net.input.values
    for channel in 0..<8 {
      let plane = found.activations.plane(channel)
      let range = plane.maximum - plane.minimum + 1e-8
      let masked = picture.indices.map { picture[$0] * (plane.values[$0 % 30] - plane.minimum) / range }
      let logits = try network.forward(Tensor(net.input.shape, values: masked))[net.graph.logits]
      let expected = Double(logits?.values[1] ?? .nan)
      #expect(abs(scores[channel] - expected) < 2e-5 * max(1, abs(expected)), "channel \(channel)")
    }
    // What is alike went through the network once.
    #expect(scores[0] == scores[1] && scores[2] == scores[4] && scores[3] == scores[5])
    #expect(Set(scores).count == 5)
  }
}
