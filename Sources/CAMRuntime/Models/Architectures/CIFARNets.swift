/// The networks for 32x32 pictures: the reference works' two, under the names Keras gives in a fresh session, and a
/// small residual net of this project.
enum CIFARNets {
  typealias Value = NetworkComposer.Value

  /// The seven-convolution CIFAR-100 net of the Ablation-CAM summary sheet: batch normalisation stands *after* the
  /// rectifier, so the last map is signed.
  static func sevenConvolutions(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> Value {
    let steps: [(channels: Int, pools: Bool, dropout: Float?)] = [
      (64, false, 0.3), (64, true, nil), (128, false, 0.4), (128, true, nil), (256, false, 0.4),
      (256, false, 0.4), (256, true, 0.5),
    ]
    var names = KerasNumbering()
    var value = try net.input(size: setting.size)
    for step in steps {
      value = try net.convolution(names["conv2d"], value, to: step.channels, kernel: 3, padding: .same)
      value = try net.relu(names["activation"], value)
      value = try net.batchNorm(names["batch_normalization"], value, epsilon: 1e-3)
      if step.pools { value = try net.maxPool(names["max_pooling2d"], value, kernel: 2, stride: 2) }
      if let rate = step.dropout { value = try net.dropout(names["dropout"], value, probability: rate) }
    }
    value = try net.flatten("flatten", value)
    value = try net.kerasDense(names["dense"], value, to: 512)
    value = try net.relu(names["activation"], value)
    value = try net.batchNorm(names["batch_normalization"], value, epsilon: 1e-3)
    value = try net.dropout(names["dropout"], value, probability: 0.5)
    value = try net.kerasDense(names["dense"], value, to: setting.classes, isHead: true)
    return try net.softmax(names["activation"], value)
  }

  /// The five-convolution CIFAR-10 net of the summary sheet's "different approach".
  static func fiveConvolutions(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> Value {
    var names = KerasNumbering()
    var value = try net.input(size: setting.size)
    for _ in 0..<2 {
      value = try net.kerasConvolution(names["conv2d"], value, to: 128, kernel: 3, rectified: true)
    }
    value = try net.maxPool(names["max_pooling2d"], value, kernel: 2, stride: 2)
    value = try net.dropout(names["dropout"], value, probability: 0.2)
    for _ in 0..<2 {
      value = try net.kerasConvolution(
        names["conv2d"], value, to: 64, kernel: 3, padding: .same, rectified: true)
    }
    value = try net.maxPool(names["max_pooling2d"], value, kernel: 2, stride: 2)
    value = try net.dropout(names["dropout"], value, probability: 0.25)
    value = try net.kerasConvolution(
      names["conv2d"], value, to: 32, kernel: 3, padding: .same, rectified: true)
    value = try net.dropout(names["dropout"], value, probability: 0.25)
    value = try net.flatten("flatten", value)
    value = try net.kerasDense(names["dense"], value, to: 128, ending: .relu)
    value = try net.batchNorm(names["batch_normalization"], value, epsilon: 1e-3)
    value = try net.dropout(names["dropout"], value, probability: 0.25)
    return try net.kerasDense(names["dense"], value, to: setting.classes, ending: .softmax, isHead: true)
  }

  /// A slim nine-layer residual net: 0.48 million parameters, 8x8 maps before global pooling, so that class
  /// activation maps have some detail and every method of the CAM family applies.
  static func slimResNet9(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> Value {
    var value = try net.input(size: setting.size)
    value = try unit(&net, "stem", value, to: 32)
    for (stage, channels) in [64, 128].enumerated() {
      let name = "stage\(stage + 1)"
      value = try unit(&net, "\(name).reduce", value, to: channels, stride: 2)
      let body = try unit(
        &net, "\(name).body2", unit(&net, "\(name).body1", value, to: channels), to: channels)
      value = try net.sum("\(name).add", value, body)
      try net.alias(name, of: value)
    }
    value = try unit(&net, "head", value, to: 128)
    value = try net.globalAveragePool("pool", value)
    value = try net.flatten("flatten", value)
    return try net.linear("fc", value, to: setting.classes, isHead: true)
  }

  private static func unit(
    _ net: inout NetworkComposer, _ name: String, _ input: Value, to channels: Int, stride: Int = 1
  ) throws(GraphError) -> Value {
    var value = try net.convolution(
      "\(name).conv", input, to: channels, kernel: 3, stride: stride, padding: .symmetric(1, 1), bias: false)
    value = try net.relu("\(name).relu", net.batchNorm("\(name).bn", value))
    try net.alias(name, of: value)
    return value
  }
}

/// Keras' automatic names: `conv2d`, `conv2d_1`, `conv2d_2`...
private struct KerasNumbering {
  private var counts: [String: Int] = [:]

  subscript(kind: String) -> String {
    mutating get {
      let index = counts[kind, default: 0]
      counts[kind] = index + 1
      return index == 0 ? kind : "\(kind)_\(index)"
    }
  }
}
