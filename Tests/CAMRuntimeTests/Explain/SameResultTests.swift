import CAMRuntime
import Testing

/// Results of a net of layers as large ones have them, for each of which there are several loops: which of these run may
/// depend neither on memory nor on threads.
@Suite("Results are the same whatever the batches and the threads are")
struct SameResultTests {
  /// Separable blocks, convolutions small and large enough for Winograd's form, and linear layers of many inputs.
  static func net() throws -> (graph: Graph, layers: [NodeID], input: Tensor) {
    var builder = GraphBuilder(), seed = 40
    func weights(_ shape: Shape) -> Tensor {
      seed += 1
      var numbers = SeededNumbers(UInt64(seed))
      // Values keep their magnitude from layer to layer.
      let most = (6 / Float(shape.dimensions.dropFirst().reduce(1, *))).squareRoot()
      return numbers.tensor(shape, -most, most)
    }
    func convolved(
      _ from: Int, _ to: Int, _ window: Int, stride: Int = 1, groups: Int = 1, _ x: NodeID
    ) throws
      -> NodeID
    {
      let convolution = Convolution(
        weight: weights([to, from / groups, window, window]), stride: Extent(stride, stride),
        padding: Padding(window / 2, window / 2), groups: groups)
      return try builder.add(FusionTests.norm(to, UInt64(seed)), try builder.add(convolution, x))
    }
    func block(_ channels: Int, _ wide: Int, _ window: Int, _ x: NodeID) throws -> NodeID {
      let expanded = try builder.add(ReLU6(), try convolved(channels, wide, 1, x))
      let filtered = try builder.add(ReLU6(), try convolved(wide, wide, window, groups: wide, expanded))
      return try builder.add(Add(), try convolved(wide, channels, 1, filtered), x)
    }
    let input = try builder.input(shape: [1, 3, 36, 36])
    var x = try builder.add(ReLU6(), try convolved(3, 32, 3, stride: 2, input))
    x = try block(32, 160, 5, x)
    x = try builder.add(ReLU(), try convolved(32, 48, 3, stride: 2, x), name: "early")
    let early = x
    x = try builder.add(ReLU(), try block(48, 144, 3, x))
    x = try builder.add(ReLU(), try convolved(48, 64, 3, x))
    x = try builder.add(MaxPool(kernel: 2), x)
    x = try builder.add(ReLU(), try convolved(64, 64, 3, x), name: "late")
    let late = x
    x = try builder.add(ReLU(), try block(64, 224, 3, x))
    x = try builder.add(Flatten(axis: 1), x)
    let hidden = Linear(weight: weights([48, 64 * 16]), bias: weights([48]))
    x = try builder.add(ReLU(), try builder.add(hidden, x))
    x = try builder.add(Linear(weight: weights([10, 48]), bias: weights([10])), x, name: "scores")
    var numbers = SeededNumbers(41)
    return (try builder.build(output: x), [early, late], numbers.tensor([1, 3, 36, 36]))
  }

  private static let names = CAMCatalog.all.map { $0.name }.filter { $0 != "cam" }

  @Test("those of every method, at an early layer and at a late one", arguments: names)
  func results(of name: String) throws {
    let type = try #require(CAMCatalog.method(named: name))
    let (graph, layers, input) = try Self.net()
    let given = type.parameters.contains { $0.name == "samples" } ? ["samples": "2"] : [:]
    let variants = name == "shapley-cam" ? [given, ["values": "sampled", "permutations": "2"]] : [given]
    for arguments in variants {
      let method = try type.init(MethodArguments(for: type, arguments, seed: 1))
      for chosen in type.minimumLayers > 1 ? [layers] : layers.map({ [$0] }) {
        for kind in [Score.Kind.logit, .softmax] {
          func explained(threads: Int, memory: Int) throws -> Explanation {
            let network = try Network(graph, options: ExecutionOptions(threads: threads, memoryLimit: memory))
            let request = ExplanationRequest(method, layers: chosen, score: Score(kind, classIndex: 3))
            return try Explainer(network).explain(input, request)
          }
          let expected = try explained(threads: 2, memory: 0)
          for (threads, memory) in [(1, 0), (2, 1), (3, 300_000), (5, 0)] {
            let found = try explained(threads: threads, memory: memory)
            let what = "\(name) at \(found.layers) of \(kind), \(threads) threads, \(memory) bytes"
            expectClose(found.signedMap.values, expected.signedMap.values, within: 0, what, floor: 0)
            expectClose(found.weights ?? [], expected.weights ?? [], within: 0, what, floor: 0)
            #expect(found.logits == expected.logits)
          }
        }
      }
    }
  }
}
