import CAMRuntime
import CVector
import Testing

/// Ablation where the network has 16 bits: what starts from scores must not be rounded, changes may.
@Suite("rounded changes") struct RoundedChangeTests {
  /// Two convolutions, a skip and a linear layer behind the target, wide enough for the loops on pairs.
  private static func graph(flattens: Bool, seed: UInt64) throws -> (Graph, NodeID, Tensor) {
    var random = SeededGenerator(seed: seed)
    var builder = GraphBuilder()
    func tensor(_ shape: Shape, _ scale: Double) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in Float(scale * random.normal()) })
    }
    func convolution(_ from: Int, _ to: Int, _ kernel: Int) -> Convolution {
      Convolution(
        weight: tensor([to, from, kernel, kernel], 1.4 / Double(from * kernel * kernel).squareRoot()),
        bias: tensor([to], 0.2), padding: Padding(kernel / 2, kernel / 2))
    }
    let input = try builder.input(shape: [1, 3, 9, 9])
    let target = try builder.add(ReLU(), builder.add(convolution(3, 64, 3), input), name: "target")
    var last = target
    if flattens {
      let flat = try builder.add(Flatten(axis: 1), target)
      let hidden = try builder.add(Linear(weight: tensor([64, 64 * 81], 0.02), bias: nil), flat)
      let open = try builder.add(ReLU(), hidden)
      last = try builder.add(
        ReLU(), builder.add(Linear(weight: tensor([96, 64], 0.2), bias: tensor([96], 0.2)), open))
      last = try builder.add(Linear(weight: tensor([5, 96], 0.15), bias: nil), last)
    } else {
      let inner = try builder.add(ReLU(), builder.add(convolution(64, 96, 3), target))
      let outer = try builder.add(convolution(96, 64, 1), inner)
      let sum = try builder.add(ReLU(), builder.add(Add(), outer, target))
      let pooled = try builder.add(Flatten(axis: 1), builder.add(GlobalAveragePool(), sum))
      last = try builder.add(Linear(weight: tensor([5, 64], 0.2), bias: nil), pooled)
    }
    let picture = Tensor([1, 3, 9, 9], values: (0..<243).map { _ in Float(random.normal()) })
    return (try builder.build(output: last), target, picture)
  }

  @Test("in 16 bits drops stay within a hundredth", arguments: [false, true], [1, 2] as [UInt64])
  func accuracy(_ flattens: Bool, _ seed: UInt64) throws {
    let (graph, layer, picture) = try Self.graph(flattens: flattens, seed: seed)
    let method = try AblationCAM(MethodArguments(for: AblationCAM.self))
    func explain(_ precision: Precision) throws -> Explanation {
      let network = try Network(graph, options: ExecutionOptions(precision: precision))
      return try Explainer(network).explain(
        picture, ExplanationRequest(method, layers: [layer], score: Score(.logit, classIndex: 1)))
    }
    let exact = try explain(.float32)
    let rounded = try explain(.bfloat16)
    expectClose(rounded.weights ?? [], try #require(exact.weights), within: 1e-2, "weights")
    expectClose(rounded.signedMap.values, exact.signedMap.values, within: 1e-2, "map")
    #expect(rounded.scoreValue == exact.scoreValue)
    #expect(exact.format == .single)
    guard rounded.format != .single else { return }  // The processor has no products of pairs.
    #expect(rounded.format == .roundedChanges)
    #expect(rounded.weights != exact.weights)
  }

  @Test(
    "on AMX's tiles, here on a model of them, they stay so too",
    .enabled(if: cv_has_bf16() != 0, "no products of 16 bits here"), arguments: [false, true])
  func tiles(_ flattens: Bool) throws {
    let (graph, layer, picture) = try Self.graph(flattens: flattens, seed: 5)
    let method = try AblationCAM(MethodArguments(for: AblationCAM.self))
    func explain(_ precision: Precision) throws -> Explanation {
      let network = try Network(graph, options: ExecutionOptions(precision: precision))
      return try Explainer(network).explain(
        picture, ExplanationRequest(method, layers: [layer], score: Score(.logit, classIndex: 2)))
    }
    let exact = try explain(.float32)
    let inPairs = try explain(.bfloat16)
    try #require(cv_model_amx(1) != 0, "the model is part of debug builds")
    defer { _ = cv_model_amx(0) }
    let inTiles = try explain(.bfloat16)
    expectClose(inTiles.weights ?? [], try #require(exact.weights), within: 1e-2, "weights")
    expectClose(inTiles.signedMap.values, exact.signedMap.values, within: 1e-2, "map")
    // The same products, added in another order.
    expectClose(inTiles.weights ?? [], try #require(inPairs.weights), within: 1e-4, "weights in pairs")
    #expect(inTiles.weights != inPairs.weights, "no tile was used")
  }

  @Test("a pass that was rounded for another method does not reach drops")
  func passes() throws {
    let (graph, layer, picture) = try Self.graph(flattens: false, seed: 3)
    let network = try Network(graph, options: ExecutionOptions(precision: .bfloat16))
    let explainer = Explainer(network)
    func explain(_ type: any CAMMethod.Type, with explainer: Explainer) throws -> Explanation {
      try explainer.explain(
        picture,
        ExplanationRequest(
          type.init(MethodArguments(for: type)), layers: [layer], score: Score(.logit, classIndex: 0)))
    }
    _ = try explain(GradCAM.self, with: explainer)
    let after = try explain(AblationCAM.self, with: explainer)
    let alone = try explain(AblationCAM.self, with: Explainer(network))
    #expect(after.weights == alone.weights)
    #expect(after.map == alone.map)
  }
}
