internal import CVector

/// The mean of each of `output` bins; bin i of n spans floor(i L / n) to ceil((i + 1) L / n).
package struct AdaptiveAveragePool: Operation {
  /// The name of the kind.
  package static let kind = "adaptive-average-pool"
  /// The number of bins.
  package let output: Extent

  /// An adaptive average pool.
  package init(_ output: Extent) { self.output = output }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, output)
  }

  /// Each channel for itself, linearly.
  package var traits: OperationTraits { [.affine, .channelLocal] }
}

/// The greatest value of each of `output` bins; bin i of n spans floor(i L / n) to ceil((i + 1) L / n).
package struct AdaptiveMaxPool: Operation {
  /// The name of the kind.
  package static let kind = "adaptive-max-pool"
  /// The number of bins.
  package let output: Extent

  /// An adaptive max pool.
  package init(_ output: Extent) { self.output = output }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, output)
  }

  /// Each channel for itself.
  package var traits: OperationTraits { [.channelLocal, .piecewiseLinear] }
}

/// The mean of each channel.
package struct GlobalAveragePool: Operation {
  /// The name of the kind.
  package static let kind = "global-average-pool"

  /// A global average pool.
  package init() {}

  /// `[N, C, 1, 1]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, 1)
  }

  /// Each channel for itself, linearly.
  package var traits: OperationTraits { [.affine, .channelLocal] }
}

/// The greatest value of each channel.
package struct GlobalMaxPool: Operation {
  /// The name of the kind.
  package static let kind = "global-max-pool"

  /// A global max pool.
  package init() {}

  /// `[N, C, 1, 1]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, 1)
  }

  /// Each channel for itself.
  package var traits: OperationTraits { [.channelLocal, .piecewiseLinear] }
}

extension Operation {
  fileprivate func adaptiveShape(_ inputs: [Shape], _ output: Extent) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard output.height > 0, output.width > 0, input[2] > 0, input[3] > 0 else {
      throw refusal(inputs, "there must be a bin and a pixel")
    }
    return [input[0], input[1], output.height, output.width]
  }
}

extension AdaptiveAveragePool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// One value for each bin.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.adaptivePool(inputs[0], to: try outputShape(of: [inputs[0].shape]), maximum: false)
  }

  /// Each bin's gradient goes where its value came from.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.adaptivePoolGradient(pass, maximum: false)]
  }
}

extension AdaptiveMaxPool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// One value for each bin.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.adaptivePool(inputs[0], to: try outputShape(of: [inputs[0].shape]), maximum: true)
  }

  /// Each bin's gradient goes where its value came from.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.adaptivePoolGradient(pass, maximum: true)]
  }
}

extension GlobalAveragePool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// One value for each bin.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.adaptivePool(inputs[0], to: try outputShape(of: [inputs[0].shape]), maximum: false)
  }

  /// Each bin's gradient goes where its value came from.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.adaptivePoolGradient(pass, maximum: false)]
  }
}

extension GlobalMaxPool {
  /// Channels innermost.
  package var operandOrder: OperandOrder { .channelsLast }

  /// One value for each bin.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.adaptivePool(inputs[0], to: try outputShape(of: [inputs[0].shape]), maximum: true)
  }

  /// Each bin's gradient goes where its value came from.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.adaptivePoolGradient(pass, maximum: true)]
  }
}

extension Device {
  fileprivate func adaptivePool(_ input: Value, to shape: Shape, maximum: Bool) -> Value {
    let result = allocate(shape, .channelsLast)
    var window = Self.everything.loop(input.shape, shape)
    cv_adaptive_pool(&window, maximum ? 1 : 0, input.pointer, result.pointer)
    return result
  }

  fileprivate func adaptivePoolGradient(_ pass: ReversePass, maximum: Bool) -> Value {
    let result = allocate(pass.inputShapes[0], .channelsLast)
    var window = Self.everything.loop(pass.inputShapes[0], pass.shape)
    // Means do not look at the input.
    let input = maximum ? pass.inputs[0] : pass.gradient
    cv_adaptive_pool_gradient(
      &window, maximum ? 1 : 0, input.pointer, pass.gradient.pointer, result.pointer)
    return result
  }

  private static let everything = Window(kernel: 1, stride: 1, padding: 0, dilation: 1)
}
