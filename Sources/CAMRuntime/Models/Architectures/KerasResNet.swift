/// Keras' ResNet-50: strides in the first 1x1 convolution of a block, biases everywhere.
///
/// Keras pads in layers of their own (`conv1_pad`, `pool1_pad`); here the padding is part of the layer that follows.
/// That is the same value: the pool's zeros never win against values after a rectifier.
enum KerasResNet {
  private static let epsilon: Float = 1.001e-5

  static func resnet50(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    value = try net.convolution(
      "conv1_conv", value, to: 64, kernel: 7, stride: 2, padding: .symmetric(3, 3))
    value = try net.relu("conv1_relu", net.batchNorm("conv1_bn", value, epsilon: epsilon))
    value = try net.maxPool("pool1_pool", value, kernel: 3, stride: 2, padding: .symmetric(1, 1))
    for (stage, depth) in [3, 4, 6, 3].enumerated() {
      for index in 0..<depth {
        value = try block(
          &net, value, name: "conv\(stage + 2)_block\(index + 1)", filters: 64 << stage,
          stride: stage > 0 && index == 0 ? 2 : 1, projects: index == 0)
      }
    }
    value = try net.globalAveragePool("avg_pool", value)
    value = try net.flatten("avg_pool/flat", value)
    return try net.kerasDense("predictions", value, to: setting.classes, ending: .softmax, isHead: true)
  }

  private static func block(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, name: String, filters: Int, stride: Int,
    projects: Bool
  ) throws(GraphError) -> NetworkComposer.Value {
    var skip = input
    if projects {
      skip = try net.convolution("\(name)_0_conv", input, to: 4 * filters, kernel: 1, stride: stride)
      skip = try net.batchNorm("\(name)_0_bn", skip, epsilon: epsilon)
    }
    var value = try net.convolution("\(name)_1_conv", input, to: filters, kernel: 1, stride: stride)
    value = try net.relu("\(name)_1_relu", net.batchNorm("\(name)_1_bn", value, epsilon: epsilon))
    value = try net.convolution("\(name)_2_conv", value, to: filters, kernel: 3, padding: .same)
    value = try net.relu("\(name)_2_relu", net.batchNorm("\(name)_2_bn", value, epsilon: epsilon))
    value = try net.convolution("\(name)_3_conv", value, to: 4 * filters, kernel: 1)
    value = try net.batchNorm("\(name)_3_bn", value, epsilon: epsilon)
    return try net.relu("\(name)_out", net.sum("\(name)_add", skip, value))
  }
}
