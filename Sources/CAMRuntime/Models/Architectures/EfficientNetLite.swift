/// EfficientNet-Lite0 under the names of the PyPI package efficientnet-lite-pytorch: `_conv_stem`, `_blocks.5._bn1`.
///
/// TensorFlow's SAME padding, ReLU6 everywhere, no squeeze-and-excitation.
enum EfficientNetLite {
  private struct Stage {
    let repeats: Int
    let kernel: Int
    let stride: Int
    let expansion: Int
    let channels: Int
  }

  private static let epsilon: Float = 1e-3
  private static let stages = [
    Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16),
    Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24),
    Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40),
    Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80),
    Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112),
    Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192),
    Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320),
  ]

  static func lite0(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    value = try net.convolution(
      "_conv_stem", value, to: 32, kernel: 3, stride: 2, padding: .same, bias: false)
    value = try net.relu6("_stem_act", net.batchNorm("_bn0", value, epsilon: epsilon))
    var index = 0
    for stage in stages {
      for position in 0..<stage.repeats {
        value = try block(
          &net, value, name: "_blocks.\(index)", stage, stride: position == 0 ? stage.stride : 1)
        index += 1
      }
    }
    value = try net.convolution("_conv_head", value, to: 1280, kernel: 1, bias: false)
    value = try net.relu6("_head_act", net.batchNorm("_bn1", value, epsilon: epsilon))
    value = try net.globalAveragePool("_avg_pooling", value)
    value = try net.flatten("_flatten", value)
    value = try net.dropout("_dropout", value, probability: 0.2)
    return try net.linear("_fc", value, to: setting.classes, isHead: true)
  }

  private static func block(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, name: String, _ stage: Stage, stride: Int
  ) throws(GraphError) -> NetworkComposer.Value {
    let width = input.channels * stage.expansion
    var value = input
    if stage.expansion != 1 {
      value = try net.convolution("\(name)._expand_conv", value, to: width, kernel: 1, bias: false)
      value = try net.batchNorm("\(name)._bn0", value, epsilon: epsilon)
      value = try net.relu6("\(name)._expand_act", value)
    }
    value = try net.convolution(
      "\(name)._depthwise_conv", value, to: width, kernel: stage.kernel, stride: stride, padding: .same,
      groups: width, bias: false)
    value = try net.relu6("\(name)._depthwise_act", net.batchNorm("\(name)._bn1", value, epsilon: epsilon))
    value = try net.convolution("\(name)._project_conv", value, to: stage.channels, kernel: 1, bias: false)
    value = try net.batchNorm("\(name)._bn2", value, epsilon: epsilon)
    if stride == 1, input.channels == stage.channels { value = try net.sum("\(name)._add", value, input) }
    try net.alias(name, of: value)
    return value
  }
}
