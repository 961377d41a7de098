internal import CVector

/// A separable block on inputs of one shape by the engine's own loops.
final class SeparableKernel {
  private let expand: ConvolutionKernel?
  private let filter: ConvolutionKernel
  private let project: ConvolutionKernel
  private let filterWeights: TensorStorage
  private var shape: cv_separable

  /// Prepares a block whose convolutions have these kernels; nil where the loops do not take them together.
  init?(expand: ConvolutionKernel?, filter: ConvolutionKernel, project: ConvolutionKernel, amongMany: Bool) {
    let geometry = filter.geometry, window = geometry.kernel, stride = geometry.stride
    guard filter.algorithm == .depthwise, project.algorithm == .direct(merged: false),
      expand.map({ $0.algorithm == .direct(merged: false) }) ?? true, window.height == window.width,
      stride.height == stride.width, geometry.dilation == 1
    else { return nil }
    shape = cv_separable(
      batch: geometry.batch, h: geometry.input.height, w: geometry.input.width,
      c: expand?.geometry.inputs ?? geometry.inputs, wide: geometry.inputs, oh: geometry.output.height,
      ow: geometry.output.width, window: window.height, stride: stride.height, top: geometry.padding.top,
      left: geometry.padding.left, outputs: project.geometry.outputs, expands: expand == nil ? 0 : 1,
      expand_pairs: expand?.halves == true ? 1 : 0, project_pairs: project.halves ? 1 : 0, narrow: 0,
      among_many: amongMany ? 1 : 0)
    guard cv_separable_takes(&shape) != 0 else { return nil }
    self.expand = expand
    self.filter = filter
    self.project = project
    filterWeights = TensorStorage(count: cv_filter_weights(&shape))
    cv_filter_lay(&shape, filter.packed[0].base, filterWeights.base)
  }

  /// The floats that a run works in.
  var floatsBeside: Int {
    let rounded = expand?.halves == true ? expand?.geometry.sourceShape.count ?? 0 : 0
    return rounded / 2 + cv_separable_scratch(&shape)
  }

  /// The value of a block of these convolutions, to which `residual` is added before the last cut.
  func run(_ block: SeparableBlock, _ input: Value, residual: Value?, on device: Device) -> Value {
    var source = device.value(input, as: .channelsLast)
    if let expand { source = expand.halves ? device.narrowed(source) : device.widened(source) }
    shape.narrow = expand == nil && source.isNarrow ? 1 : 0
    let residual = residual.map { project.halves ? $0 : device.widened($0) }
    let target = project.geometry.targetShape, narrows = block.project.narrows && project.halves
    let result = device.allocate(target, narrow: narrows, over: block.overwrites ? residual : nil)
    let scratch = TensorStorage(count: cv_separable_scratch(&shape), from: device.pool)
    var weights = cv_separable_weights(
      expand: expand?.packed[0].base, filter: filterWeights.base, project: project.packed[0].base,
      expanded: expand.map { finish($0, block.expand) } ?? inputCut(block.filter.inputRange),
      filtered: finish(filter, block.filter),
      projected: finish(project, block.project))
    weights.projected.residual = residual.map { UnsafePointer($0.pointer) }
    weights.projected.narrow = narrows ? 1 : 0
    weights.projected.narrow_residual = residual?.isNarrow == true ? 1 : 0
    cv_separable_run(&shape, source.pointer, &weights, result.pointer, scratch.base)
    withExtendedLifetime((source, residual)) {}
    return result
  }

  private func finish(_ kernel: ConvolutionKernel, _ step: FusedConvolution?) -> cv_finish {
    cv_finish(
      bias: kernel.bias.base, residual: nil, low: step?.low ?? -.infinity, high: step?.high ?? .infinity,
      narrow: 0, narrow_residual: 0)
  }

  private func inputCut(_ range: ClosedRange<Float>) -> cv_finish {
    cv_finish(
      bias: nil, residual: nil, low: range.lowerBound, high: range.upperBound, narrow: 0, narrow_residual: 0)
  }
}

extension Device {
  /// The kernel of a block on inputs of a shape; nil where the engine's loops do not take it whole.
  func separable(_ block: SeparableBlock, on input: Shape) throws -> SeparableKernel? {
    let wide = try block.expand?.outputShape(of: [input]) ?? input
    let filtered = try block.filter.outputShape(of: [wide])
    let stages = [(block.expand, input), (block.filter, wide), (block.project, filtered)]
    let key = try stages.compactMap { stage, shape in
      try stage.map {
        ConvolutionKernelKey(
          $0.convolution, $0.norm, $0.convolution.geometry(shape, try $0.outputShape(of: [shape])),
          amongMany: isAmongMany)
      }
    }
    if let known = separables[key] { return known }
    let kernels = try stages.map { stage, shape in
      try stage.flatMap { try kernel($0.convolution, then: $0.norm, on: shape) }
    }
    var made: SeparableKernel?
    if let filter = kernels[1], let project = kernels[2], block.expand == nil || kernels[0] != nil {
      made = SeparableKernel(
        expand: kernels[0], filter: filter, project: project, amongMany: isAmongMany)
    }
    separables[key] = .some(made)
    return made
  }
}
