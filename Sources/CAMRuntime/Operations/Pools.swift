internal import CVector

/// The greatest value of each window.
package struct MaxPool: Operation {
  /// The name of the kind.
  package static let kind = "max-pool"
  /// The window's size.
  package let kernel: Extent
  /// The window's steps.
  package let stride: Extent
  /// What lies around the input and never wins.
  package let padding: Padding
  /// The distance of the window's taps.
  package let dilation: Extent
  /// Whether a last, partial window counts.
  package let ceilMode: Bool
  /// Whether its readers take 16-bit floats; of such it gives such.
  var narrows = false

  /// A max pool; without a stride windows do not overlap.
  package init(
    kernel: Extent, stride: Extent? = nil, padding: Padding = .none, dilation: Extent = 1,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
  }

  var window: Window {
    Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard let places = window.output(of: Extent(input[2], input[3])) else {
      throw refusal(inputs, "the window is larger than the padded input")
    }
    return [input[0], input[1], places.height, places.width]
  }

  /// Each channel for itself.
  package var traits: OperationTraits { [.channelLocal, .piecewiseLinear] }
}

/// The mean of each window.
package struct AveragePool: Operation {
  /// The name of the kind.
  package static let kind = "average-pool"
  /// The window's size.
  package let kernel: Extent
  /// The window's steps.
  package let stride: Extent
  /// The zeros around the input.
  package let padding: Padding
  /// The distance of the window's taps.
  package let dilation: Extent
  /// Whether a last, partial window counts.
  package let ceilMode: Bool
  /// Whether the padding counts in the divisor.
  package let countsPadding: Bool

  /// An average pool; without a stride windows do not overlap.
  package init(
    kernel: Extent, stride: Extent? = nil, padding: Padding = .none, dilation: Extent = 1,
    ceilMode: Bool = false, countsPadding: Bool = true
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
    self.countsPadding = countsPadding
  }

  var window: Window {
    Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard let places = window.output(of: Extent(input[2], input[3])) else {
      throw refusal(inputs, "the window is larger than the padded input")
    }
    return [input[0], input[1], places.height, places.width]
  }

  /// Each channel for itself, linearly.
  package var traits: OperationTraits { [.affine, .channelLocal] }
}

extension MaxPool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// The greatest value of each window.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], shape = try outputShape(of: [input.shape])
    let result = input.isNarrow ? device.allocateNarrow(shape) : device.allocate(shape, .channelsLast)
    var window = window.loop(input.shape, shape)
    cv_max_pool(&window, input.pointer, result.pointer, input.isNarrow ? 1 : 0)
    return narrows ? result : device.widened(result)
  }

  /// The gradient goes to the first greatest value of each window.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0]
    let result = device.allocate(input.shape, .channelsLast)
    var window = window.loop(input.shape, pass.shape)
    cv_max_pool_gradient(&window, input.pointer, pass.gradient.pointer, result.pointer)
    return [result]
  }
}

extension AveragePool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// The mean of each window.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0]
    let result = device.allocate(try outputShape(of: [input.shape]), .channelsLast)
    var window = window.loop(input.shape, result.shape, countsPadding: countsPadding)
    cv_average_pool(&window, input.pointer, result.pointer)
    return result
  }

  /// The gradient spread evenly over each window.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let result = device.allocate(pass.inputShapes[0], .channelsLast)
    var window = window.loop(result.shape, pass.shape, countsPadding: countsPadding)
    cv_average_pool_gradient(&window, pass.gradient.pointer, result.pointer)
    return [result]
  }
}

extension Window {
  /// The window as the C loops take it.
  func loop(_ input: Shape, _ output: Shape, countsPadding: Bool = false) -> cv_window {
    cv_window(
      n: input[0], h: input[2], w: input[3], c: input[1], oh: output[2], ow: output[3],
      kh: kernel.height, kw: kernel.width, sh: stride.height, sw: stride.width, dh: dilation.height,
      dw: dilation.width, top: padding.top, left: padding.left, bottom: padding.bottom,
      right: padding.right, counts_padding: countsPadding ? 1 : 0)
  }
}
