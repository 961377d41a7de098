/// Xception (Chollet 2017) under the names of Keras.
enum KerasXception {
  private static let epsilon: Float = 1e-3

  static func xception(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    for (index, (channels, stride)) in [(32, 2), (64, 1)].enumerated() {
      let name = "block1_conv\(index + 1)"
      value = try net.convolution(name, value, to: channels, kernel: 3, stride: stride, bias: false)
      value = try net.relu(name + "_act", net.batchNorm(name + "_bn", value, epsilon: epsilon))
    }
    for (index, channels) in [128, 256, 728].enumerated() {
      value = try reducingBlock(&net, value, block: index + 2, to: [channels, channels], residual: index)
    }
    for index in 0..<8 {
      let skip = value
      value = try separables(&net, value, block: index + 5, to: [728, 728, 728])
      value = try net.sum(numbered("add", index + 3), value, skip)
    }
    value = try reducingBlock(&net, value, block: 13, to: [728, 1024], residual: 3)
    for (index, channels) in [1536, 2048].enumerated() {
      let name = "block14_sepconv\(index + 1)"
      value = try net.kerasSeparable(name, value, to: channels)
      value = try net.relu(name + "_act", net.batchNorm(name + "_bn", value, epsilon: epsilon))
    }
    value = try net.globalAveragePool("avg_pool", value)
    value = try net.flatten("avg_pool/flat", value)
    return try net.kerasDense("predictions", value, to: setting.classes, ending: .softmax, isHead: true)
  }

  /// Two separable convolutions and a pool beside a strided 1x1 convolution.
  ///
  /// Keras numbers the layers that have no name of their own: `conv2d_1`, `batch_normalization_1`, `add_1`;
  /// the last block's sum is `add_11`.
  private static func reducingBlock(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, block: Int, to channels: [Int],
    residual: Int
  ) throws(GraphError) -> NetworkComposer.Value {
    var skip = try net.convolution(
      numbered("conv2d", residual), input, to: channels[channels.count - 1], kernel: 1, stride: 2,
      padding: .same, bias: false)
    skip = try net.batchNorm(numbered("batch_normalization", residual), skip, epsilon: epsilon)
    var value = try separables(&net, input, block: block, to: channels)
    value = try net.maxPool("block\(block)_pool", value, kernel: 3, stride: 2, padding: .same)
    return try net.sum(numbered("add", residual == 3 ? 11 : residual), value, skip)
  }

  /// Rectifier, separable convolution, normalisation for each of `channels`; block 2's first has no rectifier.
  private static func separables(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, block: Int, to channels: [Int]
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = input
    for (index, count) in channels.enumerated() {
      let name = "block\(block)_sepconv\(index + 1)"
      if block > 2 || index > 0 { value = try net.relu(name + "_act", value) }
      value = try net.kerasSeparable(name, value, to: count)
      value = try net.batchNorm(name + "_bn", value, epsilon: epsilon)
    }
    return value
  }

  private static func numbered(_ name: String, _ index: Int) -> String {
    index == 0 ? name : "\(name)_\(index)"
  }
}

/// Xception under the names of timm's `legacy_xception`.
enum TimmXception {
  static func xception(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    for (index, (channels, stride)) in [(32, 2), (64, 1)].enumerated() {
      value = try net.convolution(
        "conv\(index + 1)", value, to: channels, kernel: 3, stride: stride, bias: false)
      value = try net.relu("act\(index + 1)", net.batchNorm("bn\(index + 1)", value))
    }
    value = try block(&net, value, number: 1, to: [128, 128], stride: 2)
    value = try block(&net, value, number: 2, to: [256, 256], stride: 2)
    value = try block(&net, value, number: 3, to: [728, 728], stride: 2)
    for number in 4...11 { value = try block(&net, value, number: number, to: [728, 728, 728], stride: 1) }
    value = try block(&net, value, number: 12, to: [728, 1024], stride: 2)
    for (index, channels) in [(3, 1536), (4, 2048)] {
      value = try separable(&net, value, name: "conv\(index)", to: channels)
      value = try net.relu("act\(index)", net.batchNorm("bn\(index)", value))
    }
    value = try net.globalAveragePool("global_pool", value)
    value = try net.flatten("global_pool.flatten", value)
    return try net.linear("fc", value, to: setting.classes, isHead: true)
  }

  private static func block(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, number: Int, to channels: [Int], stride: Int
  ) throws(GraphError) -> NetworkComposer.Value {
    let name = "block\(number)"
    var skip = input
    if stride != 1 || input.channels != channels[channels.count - 1] {
      skip = try net.convolution(
        "\(name).skip", input, to: channels[channels.count - 1], kernel: 1, stride: stride, bias: false)
      skip = try net.batchNorm("\(name).skipbn", skip)
    }
    var value = input
    var place = 0
    for (index, count) in channels.enumerated() {
      if number > 1 || index > 0 {
        value = try net.relu("\(name).rep.\(place)", value)
        place += 1
      }
      value = try separable(&net, value, name: "\(name).rep.\(place)", to: count)
      value = try net.batchNorm("\(name).rep.\(place + 1)", value)
      place += 2
    }
    if stride != 1 {
      value = try net.maxPool(
        "\(name).rep.\(place)", value, kernel: 3, stride: stride, padding: .symmetric(1, 1))
    }
    try net.alias("\(name).rep", of: value)
    value = try net.sum("\(name).add", value, skip)
    try net.alias(name, of: value)
    return value
  }

  private static func separable(
    _ net: inout NetworkComposer, _ input: NetworkComposer.Value, name: String, to channels: Int
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.convolution(
      "\(name).conv1", input, to: input.channels, kernel: 3, padding: .symmetric(1, 1),
      groups: input.channels,
      bias: false)
    value = try net.convolution("\(name).pointwise", value, to: channels, kernel: 1, bias: false)
    try net.alias(name, of: value)
    return value
  }
}
