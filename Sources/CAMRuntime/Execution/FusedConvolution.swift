/// A convolution with what follows it: batch norm, a residual sum, a cut to a range.
struct FusedConvolution: Operation {
  static let kind = "fused-convolution"
  let convolution: Convolution
  var norm: BatchNorm?
  var low = -Float.infinity
  var high = Float.infinity

  /// The shape of the convolution; a second input is the residual and has the same.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try convolution.outputShape(of: [inputs[0]])
  }

  var traits: OperationTraits { [] }
  var operandOrder: OperandOrder { .channelsLast }

  func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let residual = inputs.count > 1 ? inputs[1] : nil
    if let kernel = try device.kernel(convolution, then: norm, on: inputs[0].shape) {
      return kernel.run(inputs[0], residual: residual, low: low, high: high, on: device)
    }
    var value = try convolution.forwardByDNNL(inputs[0], on: device)
    if let norm { value = try norm.forward([value], on: device) }
    if let residual { value = device.sum(value, residual) }
    return device.map(value, ElementwiseFunction(.clip, low, high))
  }

  func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    throw GraphError.notDifferentiable(kind: Self.kind)
  }
}
