/// A convolution with what follows it: batch norm, a residual sum, a cut to a range; and a cut of its input.
struct FusedConvolution: Operation {
  static let kind = "fused-convolution"
  let convolution: Convolution
  var norm: BatchNorm?
  var low = -Float.infinity
  var high = Float.infinity
  /// The range that the input is cut to first.
  var inputRange = ClosedRange<Float>.everything
  /// Whether its readers take 16-bit floats; where the loops give them, it does.
  var narrows = false
  /// Whether nobody reads its second input after it.
  var overwrites = false

  /// The shape of the convolution; a second input is the residual and has the same.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try convolution.outputShape(of: [inputs[0]])
  }

  var traits: OperationTraits { [] }

  /// Channels innermost; pictures of few channels as they lie, since they are copied anyway.
  var operandOrder: OperandOrder { takesAnyLayout ? .uniform : .channelsLast }
  private var takesAnyLayout: Bool { convolution.groups == 1 && convolution.weight.shape[1] < 16 }

  func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let residual = inputs.count > 1 ? inputs[1] : nil
    let source = cutInput(inputs[0], on: device)
    if let kernel = try device.kernel(convolution, then: norm, on: source.shape) {
      return kernel.run(
        source, residual: residual, low: low, high: high, narrows: narrows, overwrites: overwrites,
        on: device)
    }
    var value = try convolution.forwardByDNNL(
      device.value(device.widened(source), as: .channelsLast), on: device)
    if let norm { value = try norm.forward([value], on: device) }
    if let residual {
      value = device.sum(value, device.value(device.widened(residual), as: .channelsLast))
    }
    return device.map(value, ElementwiseFunction(.clip, low, high))
  }

  /// What the loops work in; without them, each step of the chain gives a value of its own.
  func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    let cut = inputRange.isEverything ? 0 : inputs[0].count
    if let kernel = try device.kernel(convolution, then: norm, on: inputs[0]) {
      let turned = takesAnyLayout && kernel.algorithm != .direct(merged: true) ? inputs[0].count : 0
      return cut + turned + kernel.floatsBeside
    }
    return cut + inputs[0].count + 2 * output.count
  }

  private func cutInput(_ input: Value, on device: Device) -> Value {
    guard !inputRange.isEverything else { return input }
    return device.map(
      device.widened(input), ElementwiseFunction(.clip, inputRange.lowerBound, inputRange.upperBound))
  }

  func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    throw GraphError.notDifferentiable(kind: Self.kind)
  }
}
