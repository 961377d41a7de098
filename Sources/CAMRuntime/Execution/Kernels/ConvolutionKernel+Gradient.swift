internal import CVector

/// What happens to a gradient before it is stored.
struct GradientFinish {
  /// Another gradient of the same value, which is added.
  var residual: Value?
  /// The value of the cut that the sum passes through next, and how; nil where there is none.
  var cut: (value: Value, function: ElementwiseFunction, rule: RectifierRule)?
}

extension ConvolutionKernel {
  /// The gradient of the input from that of the finished sums, by the weights as the forward pass reads them.
  ///
  /// No weights are laid out for it. Nil where the loops do not read weights of this order backwards.
  func gradient(_ gradient: Value, _ finish: GradientFinish, on device: Device) -> Value? {
    switch algorithm {
    case .direct(let merged):
      guard !halves || !merged else { return nil }
      var shape = reverse
      guard cv_reverse_takes(&shape) != 0 else { return nil }
    case .winograd:
      var shape = reverse
      guard isTransposed || cv_reverse_takes(&shape) != 0 else { return nil }
    case .pairedWinograd, .depthwise: return nil
    }
    let source = halves ? device.narrowed(gradient) : device.value(gradient, as: .channelsLast)
    let residual = finish.residual.map { device.value($0, as: .channelsLast) }
    let value = (finish.cut?.value).map { device.value($0, as: .channelsLast) }
    let result = device.allocate(geometry.sourceShape, .channelsLast)
    var last = cv_reverse_finish(
      residual: residual?.pointer, value: value?.pointer, low: finish.cut?.function.alpha ?? 0,
      high: finish.cut?.function.beta ?? 0, rule: finish.cut?.rule.code ?? 0)
    if isTransposed {
      byWinograd(source, &last, result, on: device)
    } else {
      byTiles(source, &last, result, on: device)
    }
    withExtendedLifetime((source, residual, value)) {}
    return result
  }

  /// Whether the gradient is Winograd's form too: that of a stride of one.
  private var isTransposed: Bool { algorithm == .winograd && geometry.stride == 1 }

  private var reverse: cv_reverse {
    cv_reverse(
      batch: geometry.batch, h: geometry.input.height, w: geometry.input.width,
      inputs: geometry.inputs / geometry.groups, oh: geometry.output.height, ow: geometry.output.width,
      outputs: geometry.outputs / geometry.groups, kh: geometry.kernel.height, kw: geometry.kernel.width,
      sh: geometry.stride.height, sw: geometry.stride.width, dh: geometry.dilation.height,
      dw: geometry.dilation.width, top: geometry.padding.top, left: geometry.padding.left,
      input_pitch: geometry.inputs, output_pitch: geometry.outputs / (halves ? 2 : 1), pairs: halves ? 1 : 0)
  }

  private func byTiles(
    _ source: Value, _ finish: inout cv_reverse_finish, _ result: Value, on device: Device
  ) {
    var shape = reverse
    let scratch = TensorStorage(count: cv_reverse_scratch(&shape), from: device.pool)
    for group in 0..<geometry.groups {
      let from = group * shape.outputs, to = group * shape.inputs
      var own = finish
      own.residual = finish.residual.map { $0 + to }
      own.value = finish.value.map { $0 + to }
      cv_reverse_run(
        &shape, source.pointer + from, packed[group].base, &own, result.pointer + to, scratch.base)
    }
  }

  private func byWinograd(
    _ source: Value, _ finish: inout cv_reverse_finish, _ result: Value, on device: Device
  ) {
    var shape = cv_winograd(geometry)
    let scratch = TensorStorage(count: cv_reverse_winograd_scratch(&shape), from: device.pool)
    cv_reverse_winograd_run(&shape, source.pointer, packed[0].base, &finish, result.pointer, scratch.base)
  }
}

extension Device {
  /// The gradient of a convolution's input from that of its value, or of the value of `norm` behind it.
  func inputGradient(
    of convolution: Convolution, then norm: BatchNorm?, from gradient: Value, input: Shape,
    _ finish: GradientFinish = GradientFinish()
  ) throws -> Value {
    if !convolution.isDepthwise,
      let found = try kernel(convolution, then: norm, on: input)?.gradient(gradient, finish, on: self)
    {
      return found
    }
    if let found = try turnedGradient(of: convolution, then: norm, from: gradient, input: input) {
      return finished(found, finish)
    }
    let scaled = norm.map { $0.scaledGradient(gradient, on: self) } ?? gradient
    return finished(try gradientByDNNL(of: convolution, from: scaled, input: input), finish)
  }

  /// The gradient by a forward pass with turned weights, which are laid out for it; nil where there is no such pass.
  private func turnedGradient(
    of convolution: Convolution, then norm: BatchNorm?, from gradient: Value, input: Shape
  ) throws -> Value? {
    let source = value(gradient, as: .channelsLast)
    guard let turned = try turned(convolution, then: norm, input: input),
      let kernel = try kernel(turned, then: nil, on: source.shape)
    else { return nil }
    return kernel.run(source, residual: nil, low: -.infinity, high: .infinity, on: self)
  }

  private func gradientByDNNL(
    of convolution: Convolution, from gradient: Value, input: Shape
  ) throws -> Value {
    let source = value(gradient, as: .channelsLast)
    let result = allocate(input, .channelsLast)
    let key = DNNLConvolution.Key(
      geometry: convolution.geometry(input, source.shape), pass: .backwardData, format: .float32)
    let packed = try packed(convolution.weight, for: key)
    try self.convolution(key).run([source.raw, UnsafeMutableRawPointer(packed.base), result.raw])
    withExtendedLifetime(source) {}
    return result
  }

  /// A gradient with channels innermost, finished in its place.
  private func finished(_ gradient: Value, _ finish: GradientFinish) -> Value {
    guard finish.residual != nil || finish.cut != nil else { return gradient }
    let residual = finish.residual.map { value($0, as: .channelsLast) }
    let point = (finish.cut?.value).map { value($0, as: .channelsLast) }
    var last = cv_reverse_finish(
      residual: residual?.pointer, value: point?.pointer, low: finish.cut?.function.alpha ?? 0,
      high: finish.cut?.function.beta ?? 0, rule: finish.cut?.rule.code ?? 0)
    cv_reverse_finish_here(&last, gradient.pointer, gradient.count)
    withExtendedLifetime((residual, point)) {}
    return gradient
  }

  /// The gradient of a function of each element, taken at `point`.
  func slope(
    of function: ElementwiseFunction, rule: RectifierRule?, at point: Value, times gradient: Value
  ) -> Value {
    let result = allocate(gradient.shape, gradient.layout)
    cv_unary_gradient(
      function.formula.rawValue, function.alpha, function.beta, rule?.code ?? 0, point.pointer,
      gradient.pointer, result.pointer, result.count)
    withExtendedLifetime(point) {}
    return result
  }
}
