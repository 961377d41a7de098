/// VGG-16 (Simonyan and Zisserman 2015, configuration D).
enum VGG {
  /// Channels of the convolutions of each block; a 2x2 max pool ends a block.
  private static let blocks = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]

  /// Names as torchvision gives them: `features.28`, `classifier.6`.
  static func torchvision(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    var index = 0
    for block in blocks {
      for channels in block {
        value = try net.convolution(
          "features.\(index)", value, to: channels, kernel: 3, padding: .symmetric(1, 1))
        value = try net.relu("features.\(index + 1)", value)
        index += 2
      }
      value = try net.maxPool("features.\(index)", value, kernel: 2, stride: 2)
      index += 1
    }
    try net.alias("features", of: value)
    value = try net.adaptiveAveragePool("avgpool", value, to: (7, 7))
    value = try net.flatten("flatten", value)
    value = try net.linear("classifier.0", value, to: 4096)
    value = try net.relu("classifier.1", value)
    value = try net.dropout("classifier.2", value, probability: 0.5)
    value = try net.linear("classifier.3", value, to: 4096)
    value = try net.relu("classifier.4", value)
    value = try net.dropout("classifier.5", value, probability: 0.5)
    value = try net.linear("classifier.6", value, to: setting.classes, isHead: true)
    try net.alias("classifier", of: value)
    return value
  }

  /// Names as Keras gives them: `block5_conv3` is the map after its rectifier.
  static func keras(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    for (blockIndex, block) in blocks.enumerated() {
      for (index, channels) in block.enumerated() {
        value = try net.kerasConvolution(
          "block\(blockIndex + 1)_conv\(index + 1)", value, to: channels, kernel: 3, padding: .same,
          rectified: true)
      }
      value = try net.maxPool("block\(blockIndex + 1)_pool", value, kernel: 2, stride: 2)
    }
    value = try net.flatten("flatten", value)
    value = try net.kerasDense("fc1", value, to: 4096, ending: .relu)
    value = try net.kerasDense("fc2", value, to: 4096, ending: .relu)
    return try net.kerasDense("predictions", value, to: setting.classes, ending: .softmax, isHead: true)
  }
}
