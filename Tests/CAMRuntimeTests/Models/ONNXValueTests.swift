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
}
