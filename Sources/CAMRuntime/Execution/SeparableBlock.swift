/// A depthwise convolution and the 1x1 convolutions before and behind it, each with what follows it, as one step.
///
/// The values between them are never whole in memory where the loops take the block.
struct SeparableBlock: Operation {
  static let kind = "separable-block"
  var expand: FusedConvolution?
  let filter: FusedConvolution
  var project: FusedConvolution

  /// The shape of the last convolution; a second input is its residual and has the same.
  func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let wide = try expand?.outputShape(of: [inputs[0]]) ?? inputs[0]
    return try project.outputShape(of: [filter.outputShape(of: [wide])])
  }

  var traits: OperationTraits { [] }
  var operandOrder: OperandOrder { .channelsLast }

  func forward(_ inputs: [Value], on device: Device) throws -> Value {
    if let kernel = try device.separable(self, on: inputs[0].shape) {
      return kernel.run(self, inputs[0], residual: inputs.count > 1 ? inputs[1] : nil, on: device)
    }
    let wide = try expand?.forward([inputs[0]], on: device) ?? inputs[0]
    let filtered = try filter.forward([wide], on: device)
    return try project.forward([filtered] + inputs.dropFirst(), on: device)
  }

  /// What the loops work in; without them, the values between the convolutions too.
  func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    if let kernel = try device.separable(self, on: inputs[0]) { return kernel.floatsBeside }
    let wide = try expand?.outputShape(of: [inputs[0]]) ?? inputs[0]
    let filtered = try filter.outputShape(of: [wide])
    let parts = try [
      expand?.floatsBeside([inputs[0]], output: wide, on: device) ?? 0,
      filter.floatsBeside([wide], output: filtered, on: device),
      project.floatsBeside([filtered], output: output, on: device),
    ]
    return wide.count + filtered.count + (parts.max() ?? 0)
  }

  func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    throw GraphError.notDifferentiable(kind: Self.kind)
  }
}
