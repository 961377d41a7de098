import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

@Suite("nets of other libraries, values", .enabled(if: SharedFiles.oracle != nil), .serialized)
struct OracleValueTests {
  private struct Meta: Decodable {
    let `class`: Int
    let layer: String
    let values: [String: [String]]?
  }

  @Test(
    "ONNX exports give PyTorch's logits and gradients, for one picture and two",
    arguments: OracleNet.files([".onnx"]))
  func onnx(_ file: String) throws { try check(file) }

  @Test(
    "weight files give their origin's logits and gradients, for one picture and two",
    arguments: OracleNet.files([".pth", ".safetensors", ".h5", ".keras"]).filter {
      OracleNet.architecture(of: String($0.prefix { $0 != "/" })) != nil
    })
  func weights(_ file: String) throws { try check(file) }

  private func check(_ file: String) throws {
    let folder = String(file.prefix { $0 != "/" })
    func numbers(_ name: String) throws -> Tensor {
      Tensor(file: try NumPyArray.read(path: try OracleNet.path("\(folder)/\(name).npy")))
    }
    let json = try Data(contentsOf: URL(fileURLWithPath: try OracleNet.path("\(folder)/meta.json")))
    let meta = try JSONDecoder().decode(Meta.self, from: json)
    let graph = try OracleNet.model(file).graph
    let network = try Network(graph)
    let two = try network.forward(try numbers("input2"))
    #expect(relativeError(try #require(two[graph.logits]).values, try numbers("logits2").values) < 1e-4)

    let export = file.hasSuffix(".dynamo.onnx") ? "dynamo" : "onnx"
    let names = file.hasSuffix(".onnx") ? meta.values?[export] ?? [] : [meta.layer]
    // The oracle's EfficientNet-Lite0 calls its last map by the name of its own module.
    let found = names.compactMap { graph.node(named: $0) }.first ?? graph.node(named: "_head_act")
    let layer = try #require(found, "layer \(names)")
    let one = try network.forward(try numbers("input"), keeping: [layer])
    let logits = try #require(one[graph.logits])
    #expect(relativeError(logits.values, try numbers("logits").values) < 1e-4)
    let activationError = relativeError(try #require(one[layer]).values, try numbers("activations").values)
    // Both sides are float32 through fifty layers of random weights; only the scores are held to 1e-4.
    #expect(activationError < 3e-4)
    var seed = [Float](repeating: 0, count: logits.count)
    seed[meta.class] = 1
    let gradients = try network.gradient(
      from: graph.logits, seed: Tensor(logits.shape, values: seed), withRespectTo: [layer, graph.input],
      at: one)
    #expect(distance(try #require(gradients[layer]).values, try numbers("gradient").values) < 1e-3)
    // On the way to the picture some rectifiers have inputs within rounding of zero, and which side they fall on
    // differs even between two exports of one net; nets of smooth activations have no such jumps.
    let isSmooth = ["convnext_tiny", "efficientnet_b0"].contains(folder)
    let image = try #require(gradients[graph.input])
    #expect(distance(image.values, try numbers("image_gradient").values) < (isSmooth ? 1e-4 : 5e-2))
  }
}
