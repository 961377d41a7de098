internal import CVector

/// The transpose of a convolution, which enlarges pictures.
package struct TransposedConvolution: Operation {
  /// The name of the kind.
  package static let kind = "transposed-convolution"
  /// The weights, `[I, O / groups, kh, kw]`.
  package let weight: Tensor
  /// One value for each output channel.
  package let bias: Tensor?
  /// The steps of the convolution that this is the transpose of.
  package let stride: Extent
  /// What is cut off each side of the output.
  package let padding: Padding
  /// The distance of the window's taps.
  package let dilation: Extent
  /// The number of groups that channels are split into.
  package let groups: Int
  /// Rows and columns added below and behind the output.
  package let outputPadding: Extent

  /// A transposed convolution.
  package init(
    weight: Tensor, bias: Tensor? = nil, stride: Extent = 1, padding: Padding = .none,
    dilation: Extent = 1, groups: Int = 1, outputPadding: Extent = 0
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.outputPadding = outputPadding
  }

  /// `[N, O, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard weight.shape.rank == 4, groups > 0, weight.shape[0] % groups == 0,
      weight.shape[0] == input[1]
    else {
      throw refusal(
        inputs, "weights of \(weight.shape) in \(groups) groups do not fit \(input[1]) channels")
    }
    let channels = weight.shape[1] * groups
    try expect(bias, "bias", of: [channels])
    let limit = 1 << 24
    guard [stride.height, stride.width, dilation.height, dilation.width].allSatisfy({ 1..<limit ~= $0 }),
      [outputPadding.height, outputPadding.width].allSatisfy({ 0..<limit ~= $0 }),
      [padding.top, padding.left, padding.bottom, padding.right].allSatisfy({ 0..<limit ~= $0 }),
      input[2] > 0, input[3] > 0, input[2] < limit, input[3] < limit, weight.count < 1 << 40
    else { throw refusal(inputs, "its window cannot be laid out") }
    let height =
      (input[2] - 1) * stride.height + (weight.shape[2] - 1) * dilation.height + 1
      + outputPadding.height - padding.top - padding.bottom
    let width =
      (input[3] - 1) * stride.width + (weight.shape[3] - 1) * dilation.width + 1
      + outputPadding.width - padding.left - padding.right
    guard height > 0, width > 0 else { throw refusal(inputs, "its padding leaves nothing") }
    return [input[0], channels, height, width]
  }

  /// Weights and bias.
  package var parameters: [Parameter] {
    [Parameter("weight", weight)] + (bias.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same with other weights.
  package func replacing(parameters: [Tensor]) -> any Operation {
    TransposedConvolution(
      weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil, stride: stride,
      padding: padding, dilation: dilation, groups: groups, outputPadding: outputPadding)
  }

  /// Affine.
  package var traits: OperationTraits { .affine }
}

extension TransposedConvolution {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// What the reverse pass of the convolution makes of the input, plus the bias.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0]
    let result = device.allocate(try outputShape(of: [input.shape]), .channelsLast)
    let key = DNNLConvolution.Key(
      geometry: geometry(input.shape, result.shape), pass: .backwardData, format: .float32)
    let packed = try device.packed(weight, for: key)
    try device.convolution(key).run([
      input.raw, UnsafeMutableRawPointer(packed.base), result.raw,
    ])
    if let bias {
      let parts = result.channelParts, ones = [Float](repeating: 1, count: parts.channels)
      cv_channel_affine(
        result.pointer, ones, Value(bias).pointer, result.pointer, parts.outer, parts.channels,
        parts.inner)
    }
    return result
  }

  /// The gradient convolved.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let result = device.allocate(pass.inputShapes[0], .channelsLast)
    let key = DNNLConvolution.Key(
      geometry: geometry(result.shape, pass.shape), pass: .forward, format: .float32)
    let packed = try device.packed(weight, for: key)
    try device.convolution(key).run([
      pass.gradient.raw, UnsafeMutableRawPointer(packed.base), result.raw,
    ])
    return [result]
  }

  /// The extents of the convolution that this is the transpose of.
  func geometry(_ input: Shape, _ output: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: input[0], inputs: output[1], outputs: input[1], groups: groups,
      input: Extent(output[2], output[3]), output: Extent(input[2], input[3]),
      kernel: Extent(weight.shape[2], weight.shape[3]), stride: stride, dilation: dilation,
      padding: padding)
  }
}
