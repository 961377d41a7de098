import CAMRuntime
import Testing

@Suite("gradients that cancel") struct CancellationTests {
  @Test(
    "where a normalisation takes each channel's mean out, mean gradients are zero and said to be so, never a map of rounding"
  )
  func cancellingGradients() throws {
    for hasNorm in [true, false] {
      var random = SeededGenerator(seed: 76)
      func numbers(_ shape: Shape) -> Tensor {
        Tensor(shape, values: (0..<shape.count).map { _ in Float(random.normal()) })
      }
      var builder = GraphBuilder()
      let input = try builder.input(shape: [1, 3, 9, 8])
      let filtered = try builder.add(Convolution(weight: numbers([6, 3, 3, 3]), padding: 1), input)
      let target = try builder.add(ReLU(), filtered, name: "target")
      let normed = hasNorm ? try builder.add(InstanceNorm(), target) : target
      let next = try builder.add(
        ReLU(), try builder.add(Convolution(weight: numbers([4, 6, 3, 3]), padding: 1), normed))
      let flat = try builder.add(Flatten(axis: 1), try builder.add(GlobalAveragePool(), next))
      let scores = try builder.add(Linear(weight: numbers([3, 4])), flat)
      let network = try Network(try builder.build(output: scores))
      let picture = numbers([1, 3, 9, 8])
      for (name, adds) in [
        ("grad-cam", true), ("shapley-cam", true), ("finer-cam", true), ("group-cam", true),
        ("guided-grad-cam", true), ("layer-cam", false), ("hires-cam", false), ("ablation-cam", false),
      ] {
        let type = try #require(CAMCatalog.method(named: name))
        let request = ExplanationRequest(
          try type.init(MethodArguments(for: type)), layers: [target],
          score: Score(type.defaults.score, classIndex: 1), activation: FinalActivation.none)
        let found = try Explainer(network).explain(picture, request)
        let isSaid = found.warnings.contains(.gradientsCancel(layer: "target"))
        #expect(isSaid == (hasNorm && adds), "\(name) \(hasNorm)")
        #expect(!isSaid || found.map.isZero, "\(name) \(hasNorm)")
      }
    }
  }
}
