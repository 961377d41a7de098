import CAMRuntime
import TestSupport
import Testing

@Suite("nets of other libraries, structure", .enabled(if: SharedFiles.oracle != nil))
struct OracleImportTests {
  @Test("ONNX exports become graphs", arguments: OracleNet.files([".onnx"]))
  func onnx(_ file: String) throws {
    let model = try OracleNet.model(file)
    #expect(model.graph[model.graph.logits].shape == [1, 1000])
    #expect(model.graph[model.defaultLayer].shape.rank == 4)
  }

  @Test(
    "weight files fill the built-in networks",
    arguments: OracleNet.files([".pth", ".safetensors", ".h5", ".keras"]).filter {
      OracleNet.architecture(of: String($0.prefix { $0 != "/" })) != nil
    })
  func weights(_ file: String) throws {
    let model = try OracleNet.model(file)
    #expect(model.graph[model.graph.logits].shape == [1, 1000])
  }
}
