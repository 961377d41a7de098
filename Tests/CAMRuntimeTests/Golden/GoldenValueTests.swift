import CAMRuntime
import ModelIO
import TestSupport
import Testing

@Suite("shared tiny nets, values", .enabled(if: SharedFiles.directory != nil), .serialized)
struct GoldenValueTests {
  /// Float32 against numbers computed in float64.
  static let tolerance: Float = 1e-4

  @Test(
    "logits, activations and gradients are the reference's from every format", arguments: ExportedNet.names,
    [".onnx", ".raw.onnx", ".dynamo.onnx", ".safetensors", ".pth"])
  func values(_ name: String, _ suffix: String) throws {
    let net = try ExportedNet(name)
    let graph = try net.model(suffix).graph
    let input = Tensor(file: try NumPyArray.read(path: net.folder + name + ".input.npy"))
    let known = net.description.shapes.keys.compactMap { node in
      net.node(node, of: graph, suffix).map { (node, $0) }
    }
    let network = try Network(graph)
    let values = try network.forward(input, keeping: known.map(\.1))
    try expect(values[graph.logits], "logits", in: net)
    for (node, id) in known where node != "input" { try expect(values[id], "act/\(node)", in: net) }
    for layer in net.description.target_layers {
      guard let id = net.node(layer, of: graph, suffix) else { continue }
      for label in net.description.classes_explained {
        var seed = [Float](repeating: 0, count: 10)
        seed[label] = 1
        let gradients = try network.gradient(
          from: graph.logits, seed: Tensor([1, 10], values: seed), withRespectTo: [id], at: values)
        try expect(gradients[id], "\(layer)/\(label)/gradient", in: net)
      }
    }
  }

  private func expect(_ found: Tensor?, _ key: String, in net: ExportedNet) throws {
    let reference = try #require(net.numbers[key], "the golden file has '\(key)'")
    let error = relativeError(try #require(found).values, Array(reference.floats()))
    #expect(error < Self.tolerance, "\(key)")
  }
}
