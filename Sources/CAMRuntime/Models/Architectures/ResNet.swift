/// ResNet (He and others 2016): torchvision's version 1.5, which strides in the 3x3 convolution of a
/// bottleneck.
enum ResNet {
  /// ResNet-18, names as torchvision gives them: `layer4.1.conv2`.
  static func resnet18(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    try torchvision(&net, setting, depths: [2, 2, 2, 2], expansion: 1)
  }

  /// ResNet-50, names as torchvision gives them: `layer4.2.conv3`.
  static func resnet50(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> NetworkComposer.Value {
    try torchvision(&net, setting, depths: [3, 4, 6, 3], expansion: 4)
  }

  private static func torchvision(
    _ net: inout NetworkComposer, _ setting: NetworkSetting, depths: [Int], expansion: Int
  ) throws(GraphError) -> NetworkComposer.Value {
    var value = try net.input(size: setting.size)
    value = try net.convolution(
      "conv1", value, to: 64, kernel: 7, stride: 2, padding: .symmetric(3, 3), bias: false)
    value = try net.batchNorm("bn1", value)
    value = try net.relu("relu", value)
    value = try net.maxPool("maxpool", value, kernel: 3, stride: 2, padding: .symmetric(1, 1))
    for (stage, depth) in depths.enumerated() {
      for index in 0..<depth {
        let block = Block(
          name: "layer\(stage + 1).\(index)", planes: 64 << stage, expansion: expansion,
          stride: stage > 0 && index == 0 ? 2 : 1)
        value = try block.added(to: &net, value)
        try net.alias(block.name, of: value)
      }
      try net.alias("layer\(stage + 1)", of: value)
    }
    value = try net.adaptiveAveragePool("avgpool", value, to: (1, 1))
    value = try net.flatten("flatten", value)
    return try net.linear("fc", value, to: setting.classes, isHead: true)
  }

  /// One residual block.
  ///
  /// torch calls the block's `relu` module several times; `NAME.relu` is the last, the block's output, and
  /// the earlier ones are `NAME.relu_1`, `NAME.relu_2`.
  private struct Block {
    let name: String
    let planes: Int
    let expansion: Int
    let stride: Int

    func added(
      to net: inout NetworkComposer, _ input: NetworkComposer.Value
    ) throws(GraphError) -> NetworkComposer.Value {
      let body = expansion == 1 ? try basic(&net, input) : try bottleneck(&net, input)
      var skip = input
      if stride != 1 || input.channels != planes * expansion {
        skip = try net.convolution(
          "\(name).downsample.0", input, to: planes * expansion, kernel: 1, stride: stride, bias: false)
        skip = try net.batchNorm("\(name).downsample.1", skip)
        try net.alias("\(name).downsample", of: skip)
      }
      return try net.relu("\(name).relu", net.sum("\(name).add", body, skip))
    }

    private func basic(
      _ net: inout NetworkComposer, _ input: NetworkComposer.Value
    ) throws(GraphError) -> NetworkComposer.Value {
      var value = try net.convolution(
        "\(name).conv1", input, to: planes, kernel: 3, stride: stride, padding: .symmetric(1, 1), bias: false)
      value = try net.relu("\(name).relu_1", net.batchNorm("\(name).bn1", value))
      value = try net.convolution(
        "\(name).conv2", value, to: planes, kernel: 3, padding: .symmetric(1, 1), bias: false)
      return try net.batchNorm("\(name).bn2", value)
    }

    private func bottleneck(
      _ net: inout NetworkComposer, _ input: NetworkComposer.Value
    ) throws(GraphError) -> NetworkComposer.Value {
      var value = try net.convolution("\(name).conv1", input, to: planes, kernel: 1, bias: false)
      value = try net.relu("\(name).relu_1", net.batchNorm("\(name).bn1", value))
      value = try net.convolution(
        "\(name).conv2", value, to: planes, kernel: 3, stride: stride, padding: .symmetric(1, 1), bias: false)
      value = try net.relu("\(name).relu_2", net.batchNorm("\(name).bn2", value))
      value = try net.convolution("\(name).conv3", value, to: planes * expansion, kernel: 1, bias: false)
      return try net.batchNorm("\(name).bn3", value)
    }
  }
}
