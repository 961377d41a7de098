internal import ModelIO

/// Convolutions; the layer's name stands for the value behind the activation that is part of it.
enum KerasConvolutions {
  static let importers: [String: KerasLayerImporter] = [
    "Conv2D": plain, "Convolution2D": plain, "DepthwiseConv2D": depthwise, "SeparableConv2D": separable,
    "SeparableConvolution2D": separable, "Conv2DTranspose": transposed, "Convolution2DTranspose": transposed,
  ]

  @Sendable private static func plain(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.map()
    let kernel = try call.extent("kernel_size", otherwise: nil)
    let (filters, groups) = (try call.count("filters"), try call.count("groups", otherwise: 1))
    let inputs = input.shape[1] / groups
    let weight = try net.parameter(
      ["kernel"], at: 0, [kernel.height, kernel.width, inputs, filters],
      as: [filters, inputs, kernel.height, kernel.width], .kernel, call)
    let bias = call.flag("use_bias", otherwise: true) ? try net.vector(["bias"], at: 1, filters, call) : nil
    let (stride, dilation) = (try call.extent("strides"), try call.extent("dilation_rate"))
    let operation = Convolution(
      weight: weight, bias: bias, stride: stride,
      padding: try call.margins(input, kernel: kernel, stride: stride, dilation: dilation),
      dilation: dilation, groups: groups)
    return try net.emitActivated(operation, input, call)
  }

  @Sendable private static func depthwise(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.map()
    let multiplier = try call.count("depth_multiplier", otherwise: 1)
    let bias =
      call.flag("use_bias", otherwise: true)
      ? try net.vector(["bias"], at: 1, input.shape[1] * multiplier, call) : nil
    return try net.emitActivated(try spread(net, input, multiplier, bias, call), input, call)
  }

  /// The depthwise part of a layer: channel `c * multiplier + m` is the m-th of input channel c.
  private static func spread(
    _ net: KerasAssembler, _ input: KerasValue, _ multiplier: Int, _ bias: Tensor?, _ call: KerasCall
  ) throws(KerasImportError) -> Convolution {
    let kernel = try call.extent("kernel_size", otherwise: nil)
    let channels = input.shape[1]
    let weight = try net.parameter(
      ["depthwise_kernel", "kernel"], at: 0, [kernel.height, kernel.width, channels, multiplier],
      as: [channels * multiplier, 1, kernel.height, kernel.width], .depthwiseKernel, call)
    let (stride, dilation) = (try call.extent("strides"), try call.extent("dilation_rate"))
    return Convolution(
      weight: weight, bias: bias, stride: stride,
      padding: try call.margins(input, kernel: kernel, stride: stride, dilation: dilation),
      dilation: dilation, groups: channels)
  }

  @Sendable private static func separable(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.map()
    let multiplier = try call.count("depth_multiplier", otherwise: 1)
    let depthwise = try spread(net, input, multiplier, nil, call)
    let (channels, filters) = (input.shape[1] * multiplier, try call.count("filters"))
    let weight = try net.parameter(
      ["pointwise_kernel"], at: 1, [1, 1, channels, filters], as: [filters, channels, 1, 1], .pointwiseKernel,
      call)
    let bias = call.flag("use_bias", otherwise: true) ? try net.vector(["bias"], at: 2, filters, call) : nil
    let middle = try net.emit(depthwise, input, call, part: "/depthwise")
    return try net.emitActivated(Convolution(weight: weight, bias: bias), middle, call)
  }

  @Sendable private static func transposed(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.map()
    let kernel = try call.extent("kernel_size", otherwise: nil)
    let (stride, filters) = (try call.extent("strides"), try call.count("filters"))
    guard try call.extent("dilation_rate") == 1, call.layer.config["output_padding"] ?? .null == .null else {
      throw call.error(.unsupported("dilation_rate or output_padding of a transposed convolution"))
    }
    let inputs = input.shape[1]
    let weight = try net.parameter(
      ["kernel"], at: 0, [kernel.height, kernel.width, filters, inputs],
      as: [inputs, filters, kernel.height, kernel.width], .kernel, call)
    let bias = call.flag("use_bias", otherwise: true) ? try net.vector(["bias"], at: 1, filters, call) : nil
    // What the convolution of the same settings would pad is cut off; a stride wider than the kernel leaves gaps behind.
    let (rows, columns) = (max(0, kernel.height - stride.height), max(0, kernel.width - stride.width))
    let isSame = call.text("padding") == "same"
    let cut =
      isSame
      ? Padding(top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
      : .none
    let operation = TransposedConvolution(
      weight: weight, bias: bias, stride: stride, padding: cut,
      outputPadding: Extent(max(0, stride.height - kernel.height), max(0, stride.width - kernel.width)))
    return try net.emitActivated(operation, input, call)
  }
}

/// Fully connected layers; on a map they are convolutions of 1x1.
enum KerasDense {
  static let importers: [String: KerasLayerImporter] = ["Dense": dense]

  @Sendable private static func dense(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let input = try call.input()
    let units = try call.count("units")
    guard input.isMap || input.shape.rank == 2 else {
      throw call.error(.unsupported("a value of \(input.shape): a map or a row of features is wanted"))
    }
    let features = input.shape[1]
    let weight = try net.parameter(
      ["kernel"], at: 0, [features, units], as: input.isMap ? [units, features, 1, 1] : [units, features],
      input.isMap ? .pointwiseKernel : .denseKernel(flattened: input.flattened), call)
    let bias = call.flag("use_bias", otherwise: true) ? try net.vector(["bias"], at: 1, units, call) : nil
    return input.isMap
      ? try net.emitActivated(Convolution(weight: weight, bias: bias), input, call)
      : try net.emitActivated(Linear(weight: weight, bias: bias), input, call)
  }
}
