/// A two-dimensional convolution, grouped or depthwise as `groups` says.
package struct Convolution: Operation {
  /// The name of the kind.
  package static let kind = "convolution"
  /// The weights, `[O, I / groups, kh, kw]`.
  package let weight: Tensor
  /// One value for each output channel.
  package let bias: Tensor?
  /// The window's steps.
  package let stride: Extent
  /// The distance of the window's taps.
  package let dilation: Extent
  /// The zeros around the input.
  package let padding: Padding
  /// The number of groups that channels are split into.
  package let groups: Int

  /// A convolution.
  package init(
    weight: Tensor, bias: Tensor? = nil, stride: Extent = 1, padding: Padding = .none,
    dilation: Extent = 1, groups: Int = 1
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  var window: Window {
    Window(
      kernel: Extent(weight.shape[2], weight.shape[3]), stride: stride, padding: padding,
      dilation: dilation)
  }

  /// `[N, O, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard weight.shape.rank == 4, groups > 0, weight.shape[0] % groups == 0 else {
      throw refusal(inputs, "weights of \(weight.shape) do not split into \(groups) groups")
    }
    guard weight.shape[1].multipliedReportingOverflow(by: groups) == (input[1], false) else {
      throw refusal(
        inputs, "weights of \(weight.shape) in \(groups) groups do not fit \(input[1]) channels")
    }
    try expect(bias, "bias", of: [weight.shape[0]])
    guard let places = window.output(of: Extent(input[2], input[3])) else {
      throw refusal(inputs, "the window is larger than the padded input")
    }
    return [input[0], weight.shape[0], places.height, places.width]
  }

  /// Weights and bias.
  package var parameters: [Parameter] {
    [Parameter("weight", weight)] + (bias.map { [Parameter("bias", $0)] } ?? [])
  }

  /// The same convolution with other weights.
  package func replacing(parameters: [Tensor]) -> any Operation {
    Convolution(
      weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil, stride: stride,
      padding: padding, dilation: dilation, groups: groups)
  }

  /// Affine; channel-local where each channel is its own group.
  package var traits: OperationTraits {
    weight.shape[1] == 1 && weight.shape[0] == groups ? [.affine, .channelLocal] : .affine
  }
}

extension Convolution {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// What the loops work in.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    try FusedConvolution(convolution: self).floatsBeside(inputs, output: output, on: device)
  }

  /// The convolved input.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    try FusedConvolution(convolution: self).forward(inputs, on: device)
  }

  /// The same by oneDNN.
  func forwardByDNNL(_ input: Value, on device: Device) throws -> Value {
    let result = device.allocate(try outputShape(of: [input.shape]), .channelsLast)
    let key = DNNLConvolution.Key(
      geometry: geometry(input.shape, result.shape), pass: .forward, format: .float32,
      hasBias: bias != nil)
    let packed = try device.packed(weight, for: key)
    var pointers = [input.raw, UnsafeMutableRawPointer(packed.base)]
    if let bias { pointers.append(Value(bias).raw) }
    try device.convolution(key).run(pointers + [result.raw])
    return result
  }

  /// The gradient convolved with the weights turned round.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [try device.inputGradient(of: self, then: nil, from: pass.gradient, input: pass.inputShapes[0])]
  }

  /// The convolution from gradients to gradients: weights turned round, inputs and outputs exchanged, each output's times
  /// its factor.
  func turned(times factors: [Float]? = nil) -> Convolution? {
    let rows = weight.shape[2], columns = weight.shape[3]
    let height = dilation.height * (rows - 1), width = dilation.width * (columns - 1)
    let rest = Padding(
      top: height - padding.top, left: width - padding.left, bottom: height - padding.bottom,
      right: width - padding.right)
    guard rest.top >= 0, rest.left >= 0, rest.bottom >= 0, rest.right >= 0 else { return nil }
    let outputs = weight.shape[0], inputs = weight.shape[1], taps = rows * columns
    let shape: Shape = groups == 1 ? [inputs, outputs, rows, columns] : weight.shape
    let turned = Tensor(shape) { target in
      weight.withValues { source in
        for output in 0..<outputs {
          for input in 0..<inputs {
            let from = (output * inputs + input) * taps
            let to = groups == 1 ? (input * outputs + output) * taps : from
            let factor = factors?[output] ?? 1
            for tap in 0..<taps { target[to + tap] = factor * source[from + taps - 1 - tap] }
          }
        }
      }
    }
    return Convolution(weight: turned, padding: rest, dilation: dilation, groups: groups)
  }

  /// The extents on a given input.
  func geometry(_ input: Shape, _ output: Shape) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: input[0], inputs: input[1], outputs: output[1], groups: groups,
      input: Extent(input[2], input[3]), output: Extent(output[2], output[3]),
      kernel: Extent(weight.shape[2], weight.shape[3]), stride: stride, dilation: dilation,
      padding: padding)
  }
}
