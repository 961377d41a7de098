import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Networks of `Tests/Oracle/models_values.py`: an operation each, or a few.
@Suite("ONNX: operations beside the common ones", .serialized)
struct ONNXValueTests {
  @Test(
    "give ONNX Runtime's values, for any number of entries",
    arguments: [
      "einsum-known", "einsum-attention", "grid-zeros", "grid-border", "grid-reflection", "grid-nearest",
      "places", "last-place", "triangle", "running-sum", "lp-pool", "mean-variance",
      "softmax-joined", "softmax-logarithms", "resize-ties", "resize-rounded", "resize-proportional",
      "adaptive-pool", "adaptive-pool-even", "moved-place", "gather-axes", "gather-tuples",
      "gather-tuples-shared",
      "gather-elements", "scatter-rows", "scatter-one-entry", "scatter-elements", "strided-one-entry",
      "filled", "expanded-inside", "assigned-channels", "assigned-rows", "assigned-column", "assigned-inside",
      "assigned-shifted", "assigned-channels-one-entry", "assigned-rows-one-entry",
      "assigned-column-one-entry", "assigned-inside-one-entry", "assigned-shifted-one-entry",
      "turned-gates", "turned-branches", "fused-kinds", "filled-behind", "shared-gate", "shared-turn",
      "tiled-entries", "counted-parts", "added-map",
    ])
  func values(_ name: String) throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/value-\(name)"
    let network = try Network(ONNXImporter(try ONNXModel(path: path + ".onnx")).graph().graph)
    let input = Tensor([2, 4, 6, 5], values: (0..<240).map { Float(Double($0 % 23) / 11 - 1) })
    let expected = try NumPyArray.read(path: path + ".npy")
    let both = try #require(try network.forward(input)[network.graph.output])
    #expect(both.shape == Shape(expected.shape))
    #expect(relativeError(both.values, Array(expected.floats())) < 1e-5)
    for entry in 0..<2 {
      let one = try #require(try network.forward(input.entries(entry..<entry + 1))[network.graph.output])
      #expect(relativeError(one.values, both.entries(entry..<entry + 1).values) < 1e-6)
    }
  }

  @Test(
    "an adaptive pool that was written out is one, and no step of it stays a layer",
    arguments: ["adaptive-pool", "adaptive-pool-even"])
  func adaptivePool(_ name: String) throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/value-\(name).onnx"
    let graph = try ONNXImporter(try ONNXModel(path: path)).graph().graph
    #expect(graph.nodes.map(\.operation.kind) == ["input", "adaptive-average-pool"])
    #expect(graph[graph.output].name == "output")
  }

  @Test(
    "steps between two turns are done with the channels first, under their names",
    arguments: ["gates", "branches"])
  func turned(_ name: String) throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/value-turned-\(name).onnx"
    let graph = try ONNXImporter(try ONNXModel(path: path)).graph().graph
    let turns = graph.nodes.filter { $0.operation is Transpose }
    #expect(turns.map(\.name) == (name == "gates" ? [] : ["output/channels_last"]), "\(turns.map(\.name))")
    let layer = DefaultLayerRule.layer(of: graph)
    #expect(graph.bestName(of: layer.id) == (name == "gates" ? "heat" : "output"))
    #expect(graph[layer.id].shape == (name == "gates" ? [1, 8, 6, 5] : [1, 12, 8, 8]))
    for alias in name == "gates" ? ["swish", "swish_node"] : ["joined"] {
      #expect(graph.node(named: alias).map { graph[$0].shape[1] } == (name == "gates" ? 8 : 12), "\(alias)")
    }
    #expect(graph.nodes.contains { $0.operation is GlobalAveragePool } == (name == "gates"))
    #expect(graph.nodes.contains { $0.operation is SiLU } == (name == "gates"))
  }

  @Test(
    "what two nodes read is joined with neither, so that both see what is done to it",
    arguments: [("shared-gate", "gate"), ("shared-turn", "turned")])
  func shared(_ name: String, _ value: String) throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/value-\(name).onnx"
    let graph = try ONNXImporter(try ONNXModel(path: path)).graph().graph
    let id = try #require(graph.node(named: value))
    #expect(graph.consumers(of: id).count == 2)
    #expect(!graph.nodes.contains { $0.operation is SiLU })
  }

  @Test("what resembles an adaptive pool, but reads another place once, is none")
  func resemblance() throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/value-moved-place.onnx"
    let graph = try ONNXImporter(try ONNXModel(path: path)).graph().graph
    #expect(graph.nodes.contains { $0.operation is Take })
    #expect(!graph.nodes.contains { $0.operation is AdaptiveAveragePool })
  }
}
