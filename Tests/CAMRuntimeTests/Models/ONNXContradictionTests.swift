import CAMRuntime
import ModelIO
import TestSupport
import Testing

/// Files of `Tests/Oracle/models_onnx.py`, of one node each.
@Suite("ONNX: attributes that contradict the weights, the value or each other")
struct ONNXContradictionTests {
  @Test(
    "are refused with the node and both sides named",
    arguments: [
      ("conv-kernel", "'kernel_shape' is 5x5, but the weights of 3x2x3x3 have windows of 3x3"),
      ("conv-rank", "'kernel_shape' is 3, but the weights of 3x2x3x3 have windows of 3x3"),
      ("conv-group", "convolution cannot take 1x2x4x4: weights of 3x2x3x3 do not split into 2 groups"),
      ("conv-strides", "'strides' has 1 numbers, 2 are wanted"),
      ("conv-pads", "'pads' is [2, 2, 2, 2] beside auto_pad 'SAME_UPPER'"),
      ("conv-negative", "'pads' has -1, where 0 is the least"),
      ("transposed-kernel", "'kernel_shape' is 2x2, but the weights of 2x3x3x3 have windows of 3x3"),
      (
        "transposed-group",
        "transposed-convolution cannot take 1x2x4x4: weights of 2x3x3x3 in 3 groups do not fit 2 channels"
      ),
      ("transposed-added", "'output_padding' is [2, 0], where strides of 2x2 leave 1"),
      ("transposed-shape", "'output_shape' 30x9 adds 21 places, where strides of 2x2 leave 1"),
      ("pool-kernel", "a window of 1 dimensions over the shape 1x2x4x4"),
      ("pool-pads", "'pads' has 2, as much as 'kernel_shape' 2x2 covers"),
      ("pool-strides", "'strides' has 1 numbers, 2 are wanted"),
    ])
  func refused(_ name: String, _ reason: String) throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/contradiction-\(name).onnx"
    let model = try ONNXModel(path: path)
    let node = try #require(model.graph.nodes.first)
    #expect {
      try ONNXImporter(model).graph()
    } throws: {
      "\($0)" == "node 'step' (\(node.operation), opset 17): \(reason)"
    }
  }
}
