import ModelIO
import Testing

@Suite("the golden nets", .enabled(if: Shared.isPresent, "needs ../shared"))
struct GoldenNetTests {
  static let nets = ["tiny_plain", "tiny_vgg", "tiny_res", "tiny_mobile", "tiny_dense", "tiny_incept"]

  @Test("an ONNX file has the nodes, inputs and outputs of the net", arguments: nets)
  func onnx(_ net: String) throws {
    for suffix in [".onnx", ".raw.onnx", ".dynamo.onnx"] {
      let model = try ONNXModel(path: try Shared.golden(net + suffix))
      #expect(model.opset == (suffix == ".dynamo.onnx" ? 18 : 17))
      #expect(model.graph.inputs.count == 1 && model.graph.outputs.count >= 1)
      #expect(model.graph.inputs[0].elementType == .float32)
      #expect(model.graph.nodes.contains { $0.operation == "Conv" })
    }
  }

  @Test("weights of the raw ONNX file equal those of the safetensors file", arguments: nets)
  func sameWeights(_ net: String) throws {
    let state = try WeightFormatCatalog.read(path: try Shared.golden(net + ".safetensors"))
    let onnx = try WeightFormatCatalog.read(path: try Shared.golden(net + ".raw.onnx"))
    #expect(state.format == "safetensors" && onnx.format == "onnx")
    for tensor in state.tensors where tensor.shape.count == 4 {
      let values = tensor.floats()
      #expect(values.isBorrowed)
      #expect(
        onnx.tensors.contains { $0.shape == tensor.shape && $0.floats().elementsEqual(values) },
        "\(tensor.name)")
    }
  }
}
