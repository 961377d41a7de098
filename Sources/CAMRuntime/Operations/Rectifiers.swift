internal import CVector

/// max(x, 0).
package struct ReLU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "relu"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.clip, 0, .infinity) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier, .piecewiseLinear] }
}

/// x cut to 0...6.
package struct ReLU6: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "relu6"

  /// The operation.
  package init() {}

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.clip, 0, 6) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier, .piecewiseLinear] }
}

/// x, or `slope` times x below zero.
package struct LeakyReLU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "leaky-relu"
  /// The factor below zero.
  package let slope: Float

  /// The operation.
  package init(slope: Float = 0.01) {
    self.slope = slope
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.leaky, slope) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier, .piecewiseLinear] }
}

/// x, or zero up to a threshold.
package struct ThresholdedReLU: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "thresholded-relu"
  /// The threshold.
  package let threshold: Float

  /// The operation.
  package init(threshold: Float = 1) {
    self.threshold = threshold
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.threshold, threshold) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier, .piecewiseLinear] }
}

/// x cut to a range.
package struct Clip: ElementwiseOperation {
  /// The name of the kind.
  package static let kind = "clip"
  /// The least value.
  package let minimum: Float
  /// The greatest value.
  package let maximum: Float

  /// The operation.
  package init(minimum: Float = -.infinity, maximum: Float = .infinity) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Its formula.
  package var function: ElementwiseFunction { ElementwiseFunction(.clip, minimum, maximum) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// x, or a slope that is learnt (one, or one for each channel) times x below zero.
package struct PReLU: Operation {
  /// The name of the kind.
  package static let kind = "prelu"
  /// The factor below zero, broadcast over the input without its batch; one value, or `[C]`.
  package let slope: Tensor

  /// The operation.
  package init(slope: Tensor) {
    self.slope = slope
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    guard slope.count == 1 || shape.rank >= 2 && slope.count == shape[1] else {
      throw refusal(inputs, "\(slope.count) slopes for its channels")
    }
    return shape
  }

  /// The slope.
  package var parameters: [Parameter] { [Parameter("weight", slope)] }

  /// The same with another slope.
  package func replacing(parameters: [Tensor]) -> any Operation { PReLU(slope: parameters[0]) }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .rectifier, .piecewiseLinear] }
}

extension PReLU {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// x, or its channel's slope times x.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], parts = input.channelParts
    let result = device.allocate(input.shape, input.layout)
    slopes(parts.channels).withUnsafeBufferPointer {
      cv_channel_leaky(
        input.pointer, $0.baseAddress, result.pointer, parts.outer, parts.channels, parts.inner)
    }
    return result
  }

  /// The gradient, times the slope below zero.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0], parts = input.channelParts
    let result = device.allocate(input.shape, input.layout)
    slopes(parts.channels).withUnsafeBufferPointer {
      cv_channel_leaky_gradient(
        pass.rule.code, input.pointer, $0.baseAddress, pass.gradient.pointer, result.pointer,
        parts.outer, parts.channels, parts.inner)
    }
    return [result]
  }

  private func slopes(_ channels: Int) -> [Float] {
    let values = slope.values
    return values.count == channels ? values : [Float](repeating: values[0], count: channels)
  }
}

extension Value {
  /// The elements as [outer, channels, inner] of memory; what has no channel axis is one channel.
  var channelParts: (outer: Int, channels: Int, inner: Int) {
    guard shape.rank >= 2 else { return (1, 1, count) }
    let inner = Shape(Array(shape.dimensions[2...])).count
    return layout == .channelsLast
      ? (shape[0] * inner, shape[1], 1) : (shape[0], shape[1], inner)
  }
}
