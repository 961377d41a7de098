import CAMRuntime
import Testing

@Suite("full-grad") struct FullGradientTests {
  /// One transposed convolution of 1x1 and a linear layer, so that gradients do not depend on the bias.
  private func map(bias: [Float]) throws -> SaliencyMap {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, 2, 2])
    let layer = try builder.add(
      TransposedConvolution(
        weight: Tensor([1, 2, 1, 1], values: [1, 1]), bias: Tensor([2], values: bias)), input)
    let flat = try builder.add(Flatten(axis: 1), layer)
    let weights = Tensor([1, 8], values: [1, 2, 3, 4, 8, 4, 6, 2])
    let scores = try builder.add(Linear(weight: weights), flat)
    let explainer = Explainer(try Network(try builder.build(output: scores)))
    let request = ExplanationRequest(
      try FullGrad(MethodArguments(for: FullGrad.self)), layers: [layer],
      score: Score(.logit, classIndex: 0))
    return try explainer.explain(Tensor([1, 1, 2, 2], values: [1, 1, 1, 1]), request).map
  }

  @Test("a transposed convolution's bias counts, each channel's part scaled to 0...1")
  func transposed() throws {
    let without = try map(bias: [0, 0])
    let found = try map(bias: [0.5, -2]).combined(with: without, -)
    let expected: [Float] = [0 + 1, 1 / 3 + 1 / 3, 2 / 3 + 2 / 3, 1 + 0]
    #expect(zip(found.values, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found.values)")
  }
}
