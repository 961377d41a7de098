/// Inception-v3 (Szegedy and others 2016) under torchvision's names, without the auxiliary classifier,
/// which only training uses.
///
/// torchvision's pretrained net changes ImageNet's normalisation to (x - 0.5) / 0.5 inside (`transform_input`); here
/// the preprocessing of the model does that, so the network takes what `Conv2d_1a_3x3` takes.
enum Inception {
  typealias Value = NetworkComposer.Value

  static func inceptionV3(
    _ net: inout NetworkComposer, _ setting: NetworkSetting
  ) throws(GraphError) -> Value {
    var value = try net.input(size: setting.size)
    value = try unit(&net, "Conv2d_1a_3x3", value, 32, (3, 3), stride: 2)
    value = try unit(&net, "Conv2d_2a_3x3", value, 32, (3, 3))
    value = try unit(&net, "Conv2d_2b_3x3", value, 64, (3, 3), padding: .symmetric(1, 1))
    value = try net.maxPool("maxpool1", value, kernel: 3, stride: 2)
    value = try unit(&net, "Conv2d_3b_1x1", value, 80, (1, 1))
    value = try unit(&net, "Conv2d_4a_3x3", value, 192, (3, 3))
    value = try net.maxPool("maxpool2", value, kernel: 3, stride: 2)
    value = try mixed5(&net, "Mixed_5b", value, pooled: 32)
    value = try mixed5(&net, "Mixed_5c", value, pooled: 64)
    value = try mixed5(&net, "Mixed_5d", value, pooled: 64)
    value = try mixed6a(&net, value)
    for (letter, width) in [("b", 128), ("c", 160), ("d", 160), ("e", 192)] {
      value = try mixed6(&net, "Mixed_6\(letter)", value, width: width)
    }
    value = try mixed7a(&net, value)
    value = try mixed7(&net, "Mixed_7b", value)
    value = try mixed7(&net, "Mixed_7c", value)
    value = try net.adaptiveAveragePool("avgpool", value, to: (1, 1))
    value = try net.dropout("dropout", value, probability: 0.5)
    value = try net.flatten("flatten", value)
    return try net.linear("fc", value, to: setting.classes, isHead: true)
  }

  /// torchvision's BasicConv2d: convolution, batch normalisation, rectifier; the module's name is the output's.
  private static func unit(
    _ net: inout NetworkComposer, _ name: String, _ input: Value, _ channels: Int, _ kernel: (Int, Int),
    stride: Int = 1, padding: WindowPadding = .valid
  ) throws(GraphError) -> Value {
    var value = try net.convolution(
      "\(name).conv", input, to: channels, kernel: kernel, stride: stride, padding: padding, bias: false)
    value = try net.batchNorm("\(name).bn", value, epsilon: 1e-3)
    value = try net.relu("\(name).relu", value)
    try net.alias(name, of: value)
    return value
  }

  /// A chain of units, each keeping the size of its map.
  private static func chain(
    _ net: inout NetworkComposer, _ input: Value, _ units: [(name: String, channels: Int, kernel: (Int, Int))]
  ) throws(GraphError) -> Value {
    var value = input
    for step in units {
      value = try unit(
        &net, step.name, value, step.channels, step.kernel,
        padding: .symmetric(step.kernel.0 / 2, step.kernel.1 / 2))
    }
    return value
  }

  private static func pooled(
    _ net: inout NetworkComposer, _ name: String, _ input: Value, _ channels: Int
  ) throws(GraphError) -> Value {
    let average = try net.averagePool(
      "\(name).avg_pool", input, kernel: 3, stride: 1, padding: .symmetric(1, 1))
    return try unit(&net, "\(name).branch_pool", average, channels, (1, 1))
  }

  private static func joined(
    _ net: inout NetworkComposer, _ name: String, _ branches: [Value]
  ) throws(GraphError) -> Value {
    let value = try net.concatenation("\(name).cat", branches)
    try net.alias(name, of: value)
    return value
  }

  private static func mixed5(
    _ net: inout NetworkComposer, _ name: String, _ input: Value, pooled count: Int
  ) throws(GraphError) -> Value {
    let branches = [
      try unit(&net, "\(name).branch1x1", input, 64, (1, 1)),
      try chain(&net, input, [("\(name).branch5x5_1", 48, (1, 1)), ("\(name).branch5x5_2", 64, (5, 5))]),
      try chain(
        &net, input,
        [
          ("\(name).branch3x3dbl_1", 64, (1, 1)), ("\(name).branch3x3dbl_2", 96, (3, 3)),
          ("\(name).branch3x3dbl_3", 96, (3, 3)),
        ]),
      try pooled(&net, name, input, count),
    ]
    return try joined(&net, name, branches)
  }

  private static func mixed6a(_ net: inout NetworkComposer, _ input: Value) throws(GraphError) -> Value {
    let name = "Mixed_6a"
    let double = try chain(
      &net, input, [("\(name).branch3x3dbl_1", 64, (1, 1)), ("\(name).branch3x3dbl_2", 96, (3, 3))])
    let branches = [
      try unit(&net, "\(name).branch3x3", input, 384, (3, 3), stride: 2),
      try unit(&net, "\(name).branch3x3dbl_3", double, 96, (3, 3), stride: 2),
      try net.maxPool("\(name).max_pool", input, kernel: 3, stride: 2),
    ]
    return try joined(&net, name, branches)
  }

  private static func mixed6(
    _ net: inout NetworkComposer, _ name: String, _ input: Value, width: Int
  ) throws(GraphError) -> Value {
    let branches = [
      try unit(&net, "\(name).branch1x1", input, 192, (1, 1)),
      try chain(
        &net, input,
        [
          ("\(name).branch7x7_1", width, (1, 1)), ("\(name).branch7x7_2", width, (1, 7)),
          ("\(name).branch7x7_3", 192, (7, 1)),
        ]),
      try chain(
        &net, input,
        [
          ("\(name).branch7x7dbl_1", width, (1, 1)), ("\(name).branch7x7dbl_2", width, (7, 1)),
          ("\(name).branch7x7dbl_3", width, (1, 7)), ("\(name).branch7x7dbl_4", width, (7, 1)),
          ("\(name).branch7x7dbl_5", 192, (1, 7)),
        ]),
      try pooled(&net, name, input, 192),
    ]
    return try joined(&net, name, branches)
  }

  private static func mixed7a(_ net: inout NetworkComposer, _ input: Value) throws(GraphError) -> Value {
    let name = "Mixed_7a"
    let small = try unit(&net, "\(name).branch3x3_1", input, 192, (1, 1))
    let large = try chain(
      &net, input,
      [
        ("\(name).branch7x7x3_1", 192, (1, 1)), ("\(name).branch7x7x3_2", 192, (1, 7)),
        ("\(name).branch7x7x3_3", 192, (7, 1)),
      ])
    let branches = [
      try unit(&net, "\(name).branch3x3_2", small, 320, (3, 3), stride: 2),
      try unit(&net, "\(name).branch7x7x3_4", large, 192, (3, 3), stride: 2),
      try net.maxPool("\(name).max_pool", input, kernel: 3, stride: 2),
    ]
    return try joined(&net, name, branches)
  }

  private static func mixed7(
    _ net: inout NetworkComposer, _ name: String, _ input: Value
  ) throws(GraphError) -> Value {
    let small = try chain(&net, input, [("\(name).branch3x3_1", 384, (1, 1))])
    let double = try chain(
      &net, input, [("\(name).branch3x3dbl_1", 448, (1, 1)), ("\(name).branch3x3dbl_2", 384, (3, 3))])
    let branches = [
      try unit(&net, "\(name).branch1x1", input, 320, (1, 1)),
      try split(&net, small, "\(name).branch3x3_2"),
      try split(&net, double, "\(name).branch3x3dbl_3"),
      try pooled(&net, name, input, 192),
    ]
    return try joined(&net, name, branches)
  }

  /// A 1x3 and a 3x1 convolution of the same value side by side.
  private static func split(
    _ net: inout NetworkComposer, _ input: Value, _ name: String
  ) throws(GraphError) -> Value {
    let halves = [
      try chain(&net, input, [("\(name)a", 384, (1, 3))]),
      try chain(&net, input, [("\(name)b", 384, (3, 1))]),
    ]
    return try net.concatenation("\(name).cat", halves)
  }
}
