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
    let model = try OracleNet.model(file)
    let network = try Network(model.graph)
    for suffix in ["", "2"] {
      let found = try network.forward(try numbers("input" + suffix), keeping: [])
      let logits = try #require(found[model.graph.logits])
      #expect(relativeError(logits.values, try numbers("logits" + suffix).values) < 1e-4, "logits\(suffix)")
      if suffix == "" {
        var seed = [Float](repeating: 0, count: logits.count)
        seed[meta.class] = 1
        let gradient = try network.gradient(
          from: model.graph.logits, seed: Tensor(logits.shape, values: seed),
          withRespectTo: [model.graph.input], at: found)
        let image = try #require(gradient[model.graph.input])
        let error = distance(image.values, try numbers("image_gradient").values)
        print("ERR", file, error, relativeError(image.values, try numbers("image_gradient").values))
        #expect(error < 1e-2, "image gradient")
      }
    }
  }
}
