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
    case tokenMixing, squareTokenMixing, tokenResidual, rowMixing, rowsAlone, regrouped, regroupedFiner
    case channelAttention, channelNeighbours, tokenChannels
    case addedConstant, separableConstant, besideConstant
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
    case .tokenMixing:
      // A linear layer over the positions keeps channels apart, as in mixers.
      let tokens = try builder.add(Reshape([0, channels, positions]), target)
      let mixed = try builder.add(ReLU(), try builder.add(linear(positions, 4), tokens))
      let mean = try builder.add(ReduceMean(axes: [2], keepsDimensions: false), mixed)
      output = try builder.add(linear(channels, classes), mean)
    case .squareTokenMixing:
      // As many positions as channels.
      let pool = try builder.add(AdaptiveAveragePool(Extent(1, channels)), target)
      let tokens = try builder.add(Reshape([0, channels, channels]), pool)
      let mixed = try builder.add(ReLU(), try builder.add(linear(channels, 7), tokens))
      output = try builder.add(linear(7 * channels, classes), try builder.add(Flatten(axis: 1), mixed))
    case .tokenResidual:
      let tokens = try builder.add(Reshape([0, channels, positions]), target)
      let mixed = try builder.add(ReLU(), try builder.add(linear(positions, positions), tokens))
      let back = try builder.add(Reshape([0, channels, side, side + 1]), mixed)
      let next = try builder.add(SiLU(), try builder.add(Add(), back, target))
      output = try ended(try builder.add(convolution(channels, 6, 3), next), 6, &builder)
    case .rowMixing:
      let rows = try builder.add(ReLU(), try builder.add(linear(side + 1, 5), target))
      let next = try builder.add(ReLU(), try builder.add(convolution(channels, 7), rows))
      output = try ended(next, 7, &builder)
    case .rowsAlone:
      let most = try builder.add(ReduceMax(axes: [3], keepsDimensions: false), target)
      let mixed = try builder.add(ReLU(), try builder.add(linear(side, 3), most))
      output = try builder.add(linear(3 * channels, classes), try builder.add(Flatten(axis: 1), mixed))
    case .regrouped:
      // Two channels below one another as one: no channel of the convolution is one of the layer.
      let tall = try builder.add(Reshape([0, channels / 2, 2 * side, side + 1]), target)
      let next = try builder.add(ReLU(), try builder.add(convolution(channels / 2, 6, 3), tall))
      output = try ended(next, 6, &builder)
    case .regroupedFiner:
      let rows = try builder.add(Reshape([0, channels * side, 1, side + 1]), target)
      let pool = try builder.add(AveragePool(kernel: Extent(1, 2), stride: Extent(1, 2)), rows)
      let next = try builder.add(ReLU(), try builder.add(convolution(channels * side, 6), pool))
      output = try ended(next, 6, &builder)
    case .channelAttention, .channelNeighbours:
      // A filter along the channels, as in ECA.
      let row = try builder.add(
        Reshape([0, 1, 1, channels]), try builder.add(GlobalAveragePool(), target))
      let along = try builder.add(
        Convolution(weight: tensor([1, 1, 1, 3], 0.4), padding: Padding(0, 1)), row)
      let active = try builder.add(tail == .channelAttention ? Sigmoid() : ReLU() as any Operation, along)
      let gate = try builder.add(Reshape([0, channels, 1, 1]), active)
      let next = tail == .channelAttention ? try builder.add(Multiply(), target, gate) : gate
      output = try ended(next, channels, &builder)
    case .tokenChannels:
      // Channels last: every token's row has a part of each channel.
      let tokens = try builder.add(
        Transpose([0, 2, 1]), try builder.add(Reshape([0, channels, positions]), target))
      let mixed = try builder.add(GELU(.exact), try builder.add(linear(channels, 6), tokens))
      let mean = try builder.add(ReduceMean(axes: [1], keepsDimensions: false), mixed)
      output = try builder.add(linear(6, classes), mean)
    case .addedConstant:
      // What stands at each place is the same for every picture, in front of a rectifier and behind it.
      let place = try builder.add(Constant(tensor([1, 7, side, side + 1])))
      let next = try builder.add(Add(), try builder.add(convolution(channels, 7, 3), target), place)
      let own = try builder.add(convolution(7, 7), place)
      output = try ended(try builder.add(Add(), own, try builder.add(ReLU(), next)), 7, &builder)
    case .separableConstant:
      let deep = try builder.add(
        ReLU6(), try builder.add(convolution(channels, channels, 3, groups: channels), target))
      let place = try builder.add(Constant(tensor([1, 7, side, side + 1])))
      let next = try builder.add(Add(), place, try builder.add(convolution(channels, 7), deep))
      output = try ended(try builder.add(ReLU(), next), 7, &builder)
    case .besideConstant:
      // Coordinates beside the channels, then a class token in front of the places.
      let coordinates = try builder.add(Constant(tensor([1, 2, side, side + 1])))
      let some = try builder.add(ReLU(), try builder.add(convolution(channels, 6), target))
      let joined = try builder.add(Concat(axis: 1), some, coordinates)
      let next = try builder.add(ReLU(), try builder.add(convolution(8, 7, 3), joined))
      let tokens = try builder.add(
        Transpose([0, 2, 1]), try builder.add(Reshape([0, 7, positions]), next))
      let all = try builder.add(Concat(axis: -2), try builder.add(Constant(tensor([1, 1, 7]))), tokens)
      let shares = try builder.add(
        Softmax(axis: 1), try builder.add(linear(7, 7), all))
      let mean = try builder.add(
        ReduceMean(axes: [1], keepsDimensions: false), try builder.add(Multiply(), shares, all))
      output = try builder.add(linear(7, classes), mean)
    }
    graph = try builder.build(output: output)
    input = tensor([1, 3, side, side + 1])
  }
}
