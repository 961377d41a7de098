import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Second derivatives against PyTorch's, on the net of `Tests/Oracle/curvature.py`.
@Suite("second derivatives") struct CurvatureTests {
  @Test(
    "a tail that bends in every way gives shapley-cam PyTorch's weights",
    arguments: [Score.Kind.logit, .softmax, .sigmoid, .rest])
  func shapley(_ kind: Score.Kind) throws {
    let folder = "\(SharedFiles.checkout)/Tests/Fixtures/explain"
    let graph = try ModelLoader.model("\(folder)/bent-tail.onnx", options: ModelOptions()) {
      _ throws(ModelError) in ""
    }.graph
    let oracle = try WeightFormatCatalog.read(path: "\(folder)/bent-tail.safetensors")
    let label = Int(try #require(oracle["class"]).floats()[0])
    let layer = try #require(graph.node(named: "/Relu"))
    let method = try ShapleyCAM(MethodArguments(for: ShapleyCAM.self))
    let found = try Explainer(try Network(graph)).explain(
      Tensor(exactly: try #require(oracle["input"])),
      ExplanationRequest(method, layers: [layer], score: Score(kind, classIndex: label)))
    let wanted = Array(try #require(oracle[kind.rawValue]).floats())
    expectClose(found.weights ?? [], wanted, within: Tolerance.oracle, kind.rawValue)
  }

  /// What makes values independent of their size.
  enum Sizeless: String, CaseIterable { case layerNorm, instanceNorm, groupNorm, quotient }

  @Test(
    "where a channel is nearly nothing in front of what takes sizes away, no step is taken beyond it",
    arguments: Sizeless.allCases)
  func sizes(_ kind: Sizeless) throws {
    var pictures = SeededTensor(31)
    let picture = pictures.normal([1, 4, 5, 6], around: 0.5)
    // Of the first channel a hundredth is left: its scores stay, gradients are a hundred times larger, and along the
    // maps they change a hundred times faster still.
    let bends = try [0, -0.99].map { share in
      var numbers = SeededTensor(32)
      var builder = GraphBuilder()
      let input = try builder.input(shape: picture.shape)
      let target = try builder.add(Identity(), input, name: "target")
      let less = picture.values.enumerated().map { $0 < 30 ? Float(share) * $1 : 0 }
      let left = try builder.add(
        Add(), target, try builder.add(Constant(Tensor(picture.shape, values: less))))
      let sizeless: NodeID
      switch kind {
      case .layerNorm:
        let scale = numbers.normal([6], around: 1)
        sizeless = try builder.add(
          LayerNorm(axis: -1, scale: scale, shift: numbers.normal([6]), epsilon: 1e-12), left)
      case .instanceNorm:
        let scale = numbers.normal([4], around: 1)
        sizeless = try builder.add(
          InstanceNorm(scale: scale, shift: numbers.normal([4]), epsilon: 1e-12), left)
      case .groupNorm:
        let scale = numbers.normal([4], around: 1)
        sizeless = try builder.add(
          GroupNorm(groups: 4, scale: scale, shift: numbers.normal([4]), epsilon: 1e-12), left)
      case .quotient:
        let squares = try builder.add(ReduceSum(axes: [-1]), try builder.add(Multiply(), left, left))
        sizeless = try builder.add(Divide(), left, try builder.add(Sqrt(), squares))
      }
      let filtered = try builder.add(Convolution(weight: numbers.normal([5, 4, 3, 3])), sizeless)
      let flat = try builder.add(Flatten(axis: 1), try builder.add(Tanh(), filtered))
      let scores = try builder.add(Linear(weight: numbers.normal([3, 60])), flat)
      let network = try Network(try builder.build(output: scores))
      let probe = try Probe(network, input: picture, layer: target)
      return try #require(try probe.curvatureAlongMaps(of: Score(.logit, classIndex: 1))).tensor.values
    }
    #expect(bends[0][..<30].contains { abs($0) > 0.01 })
    let expected = bends[0][..<30].map { $0 * 10_000 }
    expectClose(Array(bends[1][..<30]), expected, within: 1e-3, "\(kind), the small channel")
    expectClose(Array(bends[1][30...]), Array(bends[0][30...]), within: 5e-3, "\(kind), the others")
  }

  /// Numbers around another one, spread by one.
  private struct SeededTensor {
    private var random: SeededGenerator

    init(_ seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func normal(_ shape: Shape, around middle: Float = 0) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in middle + Float(random.normal()) })
    }
  }
}
