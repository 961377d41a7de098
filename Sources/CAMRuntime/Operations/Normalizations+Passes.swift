internal import CVector

extension LayerNorm {
  /// The normalised value before it is scaled, and the deviations.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    output.count / 8 * 9
  }

  /// Rows of the trailing axes, each normalised, scaled and shifted.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0]
    let rows = try rows(of: input.shape)
    var result = device.normalize(input, rows: rows, epsilon: epsilon).value
    let add = BinaryFunction.add.rawValue, multiply = BinaryFunction.multiply.rawValue
    if let scale { result = device.combine(multiply, result, Value(scale), to: input.shape) }
    if let shift { result = device.combine(add, result, Value(shift), to: input.shape) }
    return result
  }

  /// The scaled gradient through the normalisation.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0]
    var gradient = pass.gradient
    if let scale {
      gradient = device.combine(
        BinaryFunction.multiply.rawValue, gradient, Value(scale), to: input.shape)
    }
    return [
      device.normalizeGradient(
        input, gradient: gradient, rows: try rows(of: input.shape), epsilon: epsilon)
    ]
  }

  private func rows(of shape: Shape) throws(GraphError) -> Int {
    Shape(Array(shape.dimensions[..<(try axis(axis, of: shape))])).count
  }
}

extension GroupNorm {
  /// The normalised value before it is scaled, and the deviations.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    output.count / 8 * 9
  }

  /// Groups of channels, each normalised, then scaled and shifted channel by channel.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.normalizeGroups(inputs[0], groups, scale, shift, epsilon)
  }

  /// The scaled gradient through the normalisation.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.normalizeGroupsGradient(pass, groups, scale, epsilon)]
  }
}

extension InstanceNorm {
  /// The normalised value before it is scaled, and the deviations.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    output.count / 8 * 9
  }

  /// Each channel normalised, scaled and shifted.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.normalizeGroups(inputs[0], inputs[0].shape[1], scale, shift, epsilon)
  }

  /// The scaled gradient through the normalisation.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [device.normalizeGroupsGradient(pass, pass.inputShapes[0][1], scale, epsilon)]
  }
}

extension LRN {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// Each element over a power of its neighbourhood's energy.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], parts = input.channelParts
    let result = device.allocate(input.shape, input.layout)
    cv_lrn(
      input.pointer, result.pointer, parts.outer, parts.channels, parts.inner, size, alpha, beta, k)
    return result
  }

  /// The gradient to the element itself and to its neighbours.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0], parts = input.channelParts
    let result = device.allocate(input.shape, input.layout)
    cv_lrn_gradient(
      input.pointer, pass.gradient.pointer, result.pointer, parts.outer, parts.channels, parts.inner,
      size, alpha, beta, k)
    return [result]
  }
}

extension Device {
  fileprivate func normalize(_ value: Value, rows: Int, epsilon: Float) -> (value: Value, deviations: Value) {
    let result = allocate(value.shape), deviations = allocate([rows])
    cv_normalize(
      value.pointer, result.pointer, deviations.pointer, epsilon, rows, value.count / max(1, rows))
    return (result, deviations)
  }

  fileprivate func normalizeGradient(_ value: Value, gradient: Value, rows: Int, epsilon: Float) -> Value {
    let normal = normalize(value, rows: rows, epsilon: epsilon)
    let result = allocate(value.shape)
    cv_normalize_gradient(
      normal.value.pointer, normal.deviations.pointer, gradient.pointer, result.pointer, rows,
      value.count / max(1, rows))
    return result
  }

  fileprivate func normalizeGroups(
    _ value: Value, _ groups: Int, _ scale: Tensor?, _ shift: Tensor?, _ epsilon: Float
  ) -> Value {
    let normal = normalize(value, rows: value.batch * groups, epsilon: epsilon).value
    return scaled(normal, scale, shift)
  }

  fileprivate func normalizeGroupsGradient(
    _ pass: ReversePass, _ groups: Int, _ scale: Tensor?, _ epsilon: Float
  ) -> Value {
    let input = pass.inputs[0]
    return normalizeGradient(
      input, gradient: scaled(pass.gradient, scale, nil), rows: input.batch * groups, epsilon: epsilon)
  }

  private func scaled(_ value: Value, _ scale: Tensor?, _ shift: Tensor?) -> Value {
    guard scale != nil || shift != nil else { return value }
    let parts = value.channelParts
    let factors = scale?.values ?? [Float](repeating: 1, count: parts.channels)
    let summands = shift?.values ?? [Float](repeating: 0, count: parts.channels)
    let result = allocate(value.shape)
    cv_channel_affine(
      value.pointer, factors, summands, result.pointer, parts.outer, parts.channels, parts.inner)
    return result
  }
}
