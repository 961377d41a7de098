import CAMRuntime
import TestSupport
import Testing

@Suite("shared tiny nets, structure", .enabled(if: SharedFiles.directory != nil))
struct GoldenShapeTests {
  @Test(
    "give the graph of their description from every format", arguments: ExportedNet.names,
    [".onnx", ".raw.onnx", ".dynamo.onnx", ".safetensors", ".pth"])
  func shapes(_ name: String, _ suffix: String) throws {
    let net = try ExportedNet(name)
    let model = try net.model(suffix)
    var found = 0
    for (node, shape) in net.description.shapes where node != "input" {
      guard let id = net.node(node, of: model.graph, suffix) else { continue }
      #expect(model.graph[id].shape == Shape(shape), "\(node)")
      found += 1
    }
    // Exporters fold batch normalisation and drop dropout; more than half of the values survive in each file.
    #expect(found * 2 > net.description.shapes.count)
    #expect(net.node(net.description.target_layers[0], of: model.graph, suffix) != nil)
  }

  @Test(
    "find the layer to explain by themselves", arguments: ExportedNet.names,
    [".onnx", ".raw.onnx", ".dynamo.onnx"])
  func defaultLayer(_ name: String, _ suffix: String) throws {
    let net = try ExportedNet(name)
    let model = try net.model(suffix)
    let expected = try #require(net.node(net.description.target_layers[0], of: model.graph, suffix))
    // tiny_incept gates its last concatenation; the gated map is the one behind which only the head stands.
    if name == "tiny_incept" {
      #expect(model.graph.dependents(of: expected).contains(model.defaultLayer))
    } else {
      #expect(model.defaultLayer == expected)
    }
  }
}
