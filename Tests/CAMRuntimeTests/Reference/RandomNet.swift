import CAMRuntime

/// Random small nets with one target layer and a tail of a chosen shape.
struct RandomNet {
  /// What stands behind the target layer.
  enum Tail: String, CaseIterable {
    case pooledLinear, pooledNormLinear, pooledTwoLinear, flattenedHidden, pooledFlattenedHidden,
      rectifiedFlattened
    case classMaps, convolution, stridedConvolution, groupedConvolution, depthwise, residual,
      projectedResidual
    case preActivation, branches, denseConcat, gated, squeezeExcite, smooth, headConvolution, negativeTarget
    case maxPooledLinear, reducedMean, average, secondUse
  }

  let graph: Graph
  let layer: NodeID
  let input: Tensor
  let classes: Int

  init(_ tail: Tail, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &+ 77)
    var builder = GraphBuilder()
    classes = 5
    let side = 6 + random.index(below: 3)
    let channels = 6 + 2 * random.index(below: 3)
    let classes = self.classes
    func tensor(_ shape: Shape, _ scale: Double = 1) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in Float(scale * random.normal()) })
    }
    func convolution(
      _ from: Int, _ to: Int, _ kernel: Int = 1, stride: Int = 1, groups: Int = 1, bias: Bool = true
    ) -> Convolution {
      let fan = Double(from / groups * kernel * kernel)
      return Convolution(
        weight: tensor([to, from / groups, kernel, kernel], 1.4 / fan.squareRoot()),
        bias: bias ? tensor([to], 0.2) : nil, stride: Extent(stride),
        padding: Padding(kernel / 2, kernel / 2),
        groups: groups)
    }
    func linear(_ from: Int, _ to: Int) -> Linear {
      Linear(weight: tensor([to, from], 1.4 / Double(from).squareRoot()), bias: tensor([to], 0.2))
    }
    func norm(_ channels: Int) -> BatchNorm {
      BatchNorm(
        scale: tensor([channels], 0.3), shift: tensor([channels], 0.3), mean: tensor([channels], 0.3),
        variance: Tensor([channels], values: (0..<channels).map { _ in Float(0.5 + random.uniform()) }))
    }
    func pooled(_ id: NodeID, _ builder: inout GraphBuilder) throws -> NodeID {
      let pool = try builder.add(GlobalAveragePool(), id)
      return try builder.add(Flatten(axis: 1), pool)
    }
    func ended(_ id: NodeID, _ channels: Int, _ builder: inout GraphBuilder) throws -> NodeID {
      try builder.add(linear(channels, classes), try pooled(id, &builder))
    }

    let start = try builder.input(shape: [1, 3, side, side + 1])
    let first = try builder.add(convolution(3, channels, 3), start)
    let target = tail == .negativeTarget ? first : try builder.add(ReLU(), first, name: "target")
    layer = target
    let positions = side * (side + 1)
    let output: NodeID
    switch tail {
    case .pooledLinear, .negativeTarget:
      output = try ended(target, channels, &builder)
    case .reducedMean:
      let mean = try builder.add(ReduceMean(axes: [-2, -1], keepsDimensions: false), target)
      output = try builder.add(linear(channels, classes), mean)
    case .average:
      let pool = try builder.add(AveragePool(kernel: 2, stride: 2), target)
      let flat = try builder.add(Flatten(axis: 1), pool)
      output = try builder.add(linear(channels * (side / 2) * ((side + 1) / 2), classes), flat)
    case .pooledNormLinear:
      let normed = try builder.add(norm(channels), target)
      output = try ended(normed, channels, &builder)
    case .pooledTwoLinear:
      let hidden = try builder.add(linear(channels, 9), try pooled(target, &builder))
      output = try builder.add(linear(9, classes), try builder.add(norm(9), hidden))
    case .flattenedHidden:
      let flat = try builder.add(Flatten(axis: 1), target)
      let hidden = try builder.add(ReLU(), try builder.add(linear(channels * positions, 11), flat))
      output = try builder.add(linear(11, classes), hidden)
    case .pooledFlattenedHidden:
      let pool = try builder.add(MaxPool(kernel: 3, stride: 2, padding: 1), target)
      let adapted = try builder.add(AdaptiveAveragePool(7), pool)
      let flat = try builder.add(Flatten(axis: 1), adapted)
      let hidden = try builder.add(ReLU(), try builder.add(linear(channels * 49, 11), flat))
      let second = try builder.add(ReLU(), try builder.add(linear(11, 8), try builder.add(Dropout(), hidden)))
      output = try builder.add(linear(8, classes), second)
    case .rectifiedFlattened:
      // Batch norm behind the rectifier, as in the reference CIFAR-100 net: zeros do not stay zeros.
      let normed = try builder.add(SiLU(), try builder.add(norm(channels), target))
      let flat = try builder.add(Flatten(axis: 1), try builder.add(MaxPool(kernel: 2), normed))
      let width = channels * (side / 2) * ((side + 1) / 2)
      let hidden = try builder.add(
        norm(11), try builder.add(ReLU(), try builder.add(linear(width, 11), flat)))
      output = try builder.add(linear(11, classes), hidden)
    case .classMaps:
      let head = try builder.add(ReLU(), try builder.add(convolution(channels, classes), target))
      output = try pooled(head, &builder)
    case .convolution:
      let next = try builder.add(ReLU(), try builder.add(convolution(channels, 7, 3), target))
      output = try ended(next, 7, &builder)
    case .stridedConvolution:
      let next = try builder.add(
        norm(7), try builder.add(convolution(channels, 7, 3, stride: 2, bias: false), target))
      output = try ended(try builder.add(ReLU(), next), 7, &builder)
    case .groupedConvolution:
      let next = try builder.add(ReLU(), try builder.add(convolution(channels, 8, 3, groups: 2), target))
      output = try ended(next, 8, &builder)
    case .depthwise:
      let deep = try builder.add(
        ReLU6(), try builder.add(convolution(channels, channels, 3, groups: channels), target))
      let next = try builder.add(
        ReLU6(), try builder.add(norm(7), try builder.add(convolution(channels, 7), deep)))
      output = try ended(next, 7, &builder)
    case .residual:
      let one = try builder.add(
        ReLU(), try builder.add(norm(5), try builder.add(convolution(channels, 5), target)))
      let two = try builder.add(norm(channels), try builder.add(convolution(5, channels, 3), one))
      output = try ended(try builder.add(ReLU(), try builder.add(Add(), two, target)), channels, &builder)
    case .projectedResidual:
      let one = try builder.add(
        ReLU(), try builder.add(norm(5), try builder.add(convolution(channels, 5), target)))
      let two = try builder.add(norm(9), try builder.add(convolution(5, 9, 3, stride: 2), one))
      let skip = try builder.add(norm(9), try builder.add(convolution(channels, 9, stride: 2), target))
      output = try ended(try builder.add(ReLU(), try builder.add(Add(), two, skip)), 9, &builder)
    case .preActivation:
      let active = try builder.add(ReLU(), try builder.add(norm(channels), target))
      let next = try builder.add(ReLU(), try builder.add(convolution(channels, 7, 3), active))
      output = try ended(next, 7, &builder)
    case .branches:
      let one = try builder.add(ReLU(), try builder.add(convolution(channels, 4), target))
      let two = try builder.add(ReLU(), try builder.add(convolution(channels, 3, 3), target))
      let pool = try builder.add(AveragePool(kernel: 3, stride: 1, padding: 1), target)
      let three = try builder.add(ReLU(), try builder.add(convolution(channels, 2), pool))
      output = try ended(try builder.add(Concat(axis: 1), one, two, three), 9, &builder)
    case .denseConcat:
      let active = try builder.add(ReLU(), try builder.add(norm(channels), target))
      let grown = try builder.add(convolution(channels, 3, 3), active)
      let joined = try builder.add(Concat(axis: 1), target, grown)
      output = try ended(
        try builder.add(ReLU(), try builder.add(norm(channels + 3), joined)), channels + 3, &builder)
    case .gated:
      let gate = try builder.add(Sigmoid(), try builder.add(convolution(channels, channels), target))
      output = try ended(try builder.add(Multiply(), target, gate), channels, &builder)
    case .squeezeExcite:
      let pool = try builder.add(GlobalAveragePool(), target)
      let small = try builder.add(ReLU(), try builder.add(convolution(channels, 3), pool))
      let gate = try builder.add(HardSigmoid(), try builder.add(convolution(3, channels), small))
      let next = try builder.add(
        SiLU(), try builder.add(convolution(channels, 7), try builder.add(Multiply(), target, gate)))
      output = try ended(next, 7, &builder)
    case .smooth:
      let next = try builder.add(GELU(.exact), try builder.add(convolution(channels, 7, 3), target))
      output = try ended(try builder.add(Tanh(), next), 7, &builder)
    case .headConvolution:
      let pool = try builder.add(GlobalAveragePool(), target)
      let head = try builder.add(HardSwish(), try builder.add(convolution(channels, 9), pool))
      output = try builder.add(linear(9, classes), try builder.add(Flatten(axis: 1), head))
    case .maxPooledLinear:
      let flat = try builder.add(Flatten(axis: 1), try builder.add(GlobalMaxPool(), target))
      output = try builder.add(linear(channels, classes), flat)
    case .secondUse:
      // The target feeds a sum after it has fed a gate on itself: nothing but the edited tail is left.
      let soft = try builder.add(LayerNorm(axis: 1), target)
      output = try ended(try builder.add(Add(), target, soft), channels, &builder)
    }
    graph = try builder.build(output: output)
    input = tensor([1, 3, side, side + 1])
  }
}
