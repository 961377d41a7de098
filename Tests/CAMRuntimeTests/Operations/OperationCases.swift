import CAMRuntime

/// Sample cases of every kind in the catalogue.
enum OperationCases {
  static let all: [OperationCase] = convolutions + products + norms + elementwise + pools + moving

  private static func weights(_ shape: Shape, _ seed: UInt64 = 3) -> Tensor {
    var numbers = SeededNumbers(seed)
    return numbers.tensor(shape, -0.5, 0.5)
  }

  static let convolutions: [OperationCase] = [
    unary(Convolution(weight: weights([4, 3, 3, 3]), bias: weights([4])), [1, 3, 6, 5], "3x3"),
    unary(Convolution(weight: weights([5, 3, 3, 3]), stride: 2, padding: 1), [1, 3, 7, 6], "strided"),
    unary(
      Convolution(
        weight: weights([4, 2, 3, 2]), bias: weights([4]), stride: Extent(1, 2),
        padding: Padding(top: 0, left: 1, bottom: 2, right: 0), groups: 2), [1, 4, 5, 6],
      "grouped, asymmetric"),
    unary(
      Convolution(weight: weights([6, 1, 3, 3]), bias: weights([6]), padding: 1, groups: 6),
      [1, 6, 5, 5], "depthwise"),
    unary(
      Convolution(weight: weights([6, 1, 3, 3]), stride: 2, padding: 1, groups: 3), [1, 3, 5, 5],
      "depthwise times two"),
    unary(
      Convolution(weight: weights([3, 2, 3, 3]), padding: 2, dilation: 2), [1, 2, 6, 6], "dilated"),
    unary(Convolution(weight: weights([7, 5, 1, 1])), [1, 5, 4, 4], "1x1"),
    unary(
      Convolution(weight: weights([20, 17, 3, 3]), bias: weights([20]), padding: 1), [1, 17, 9, 8],
      "odd channels"),
    unary(
      Convolution(
        weight: weights([7, 1, 5, 5]), stride: 2, padding: Padding(top: 1, left: 2, bottom: 2, right: 2),
        groups: 7),
      [1, 7, 9, 8], "depthwise 5x5 strided"),
    unary(
      Convolution(weight: weights([48, 32, 3, 3]), bias: weights([48]), padding: 1), [1, 32, 18, 15],
      "3x3 of many channels"),
    unary(
      Convolution(weight: weights([16, 64, 3, 3]), stride: 2, padding: 1), [1, 64, 27, 28],
      "3x3 of many channels, strided"),
    unary(
      Convolution(
        weight: weights([32, 48, 3, 3]), padding: Padding(top: 0, left: 2, bottom: 1, right: 1)),
      [1, 48, 17, 14], "3x3 of many channels, asymmetric"),
    unary(
      TransposedConvolution(weight: weights([3, 4, 3, 3]), bias: weights([4])), [1, 3, 4, 5], "plain"),
    unary(
      TransposedConvolution(
        weight: weights([4, 2, 3, 3]), bias: weights([4]), stride: 2, padding: 1, groups: 2,
        outputPadding: 1), [1, 4, 4, 3], "strided, grouped"),
  ]

  static let products: [OperationCase] =
    [
      unary(Linear(weight: weights([4, 6]), bias: weights([4])), [1, 6]),
      unary(Linear(weight: weights([5, 4])), [1, 9, 4], "on rows"),
      unary(Input(shape: [1, 3]), [1, 3]),
    ].filter { $0.kind != Input.kind }
    + binary(MatMul(), [1, 3, 4, 5], with: [5, 2]).prefix(1)
    + binary(MatMul(), [1, 3, 4, 5], with: [2, 4]).suffix(1)
    + binary(MatMul(), [1, 2, 3, 4], with: [2, 4, 3])

  static let norms: [OperationCase] = [
    unary(
      BatchNorm(
        scale: weights([3], 1), shift: weights([3], 2), mean: weights([3], 3),
        variance: .filled([3], with: 0.7)), [1, 3, 4, 4]),
    unary(
      BatchNorm(
        scale: weights([3], 1), shift: weights([3], 2), mean: weights([3], 3),
        variance: .filled([3], with: 0.7)), [1, 3], "of rows"),
    unary(LayerNorm(axis: -1, scale: weights([6], 1), shift: weights([6], 2)), [1, 4, 6]),
    unary(LayerNorm(axis: 1), [1, 3, 4, 2], "over pictures"),
    unary(GroupNorm(groups: 2, scale: weights([4], 1), shift: weights([4], 2)), [1, 4, 3, 3]),
    unary(InstanceNorm(scale: weights([3], 1), shift: weights([3], 2)), [1, 3, 4, 4]),
    unary(LRN(size: 3, alpha: 0.5, beta: 0.75, k: 1), [1, 5, 3, 3], "odd"),
    unary(LRN(size: 4, alpha: 0.5, beta: 0.6, k: 2), [1, 6, 2, 3], "even"),
    unary(Softmax(axis: 1), [1, 5]), unary(Softmax(axis: 1), [1, 4, 2, 3], "of channels"),
    unary(LogSoftmax(axis: -1), [1, 5]), unary(LogSoftmax(axis: 1), [1, 4, 2, 3], "of channels"),
  ]

  static let elementwise: [OperationCase] =
    [unary(SeededDropout(rate: 0.3, seed: 5, count: 60), [1, 3, 4, 5])]
    + ([
      ReLU(), ReLU6(), LeakyReLU(slope: 0.2), Clip(minimum: -0.3, maximum: 0.5), ELU(alpha: 0.7), SELU(),
      SiLU(), Mish(), HardSigmoid(alpha: 0.2, beta: 0.5), HardSwish(), Sigmoid(), Tanh(), Softplus(),
      Softsign(), GELU(.exact), Abs(), Neg(), Exp(), Erf(), Sine(), Cosine(),
      Scale(factor: 2, summand: -1),
      PReLU(slope: weights([3])), Identity(), Dropout(), ThresholdedReLU(threshold: 0.3), Sign(),
      Shrink(threshold: 0.3, shift: 0.2), Round(.down), Round(.up), Round(),
    ] as [any Operation]).map { unary($0, [1, 3, 4, 5]) }
    + [
      unary(GELU(.tanh), [1, 30], "tanh formula"), unary(PReLU(slope: weights([1])), [1, 9], "one slope"),
      unary(Log(), [1, 9], range: 0.5...2), unary(Sqrt(), [1, 9], range: 0.5...2),
      unary(Reciprocal(), [1, 9], range: 0.5...2), unary(Pow(exponent: 1.5), [1, 9], range: 0.5...2),
    ]
    + choices
    + ([Add(), Subtract(), Multiply(), Divide(), Minimum(), Maximum(), Power()] as [any Operation]).flatMap {
      binary($0, [1, 3, 2, 4], with: [3, 1, 1], range: 0.6...1.4)
        + binary($0, [1, 3, 1, 1], with: [1, 3, 4, 2], range: 0.6...1.4)
        + binary($0, [1, 4], with: [], range: 0.6...1.4)
    }

  /// A condition on the input, and either side of the choice behind it broadcast.
  private static let choices: [OperationCase] =
    binary(Compare(.less), [1, 3, 2, 4], with: [3, 1, 1], range: 0.6...1.4).prefix(1) + [
      OperationCase(kind: Where.kind, note: "of the input's sign", shape: [1, 3, 4, 2], range: nil) {
        builder, input in
        let zero = try builder.add(Constant(Tensor([], values: [0])))
        let isNegative = try builder.add(Compare(.less), input, zero)
        let scaled = try builder.add(Scale(factor: 0.3), input)
        return try builder.add(Where(), isNegative, scaled, input)
      },
      OperationCase(kind: Where.kind, note: "of a mask, broadcast", shape: [1, 3, 1, 2], range: nil) {
        builder, input in
        let mask = try builder.add(Constant(Tensor([3, 1, 1], values: [1, 0, 1])))
        let row = try builder.add(Constant(weights([4, 1])))
        let masked = try builder.add(Where(), mask, input, row)
        return try builder.add(Where(), mask, row, masked)
      },
    ]

  static let pools: [OperationCase] = [
    unary(MaxPool(kernel: 2), [1, 3, 6, 4]),
    unary(MaxPool(kernel: 3, stride: 2, padding: 1), [1, 2, 7, 6], "padded"),
    unary(MaxPool(kernel: 3, stride: 2, ceilMode: true), [1, 2, 6, 6], "ceil"),
    unary(MaxPool(kernel: 2, stride: 1, dilation: 2), [1, 17, 5, 5], "dilated"),
    unary(AveragePool(kernel: 2), [1, 3, 4, 6]),
    unary(AveragePool(kernel: 3, stride: 2, padding: 1), [1, 2, 6, 7], "padding counts"),
    unary(
      AveragePool(kernel: 3, stride: 2, padding: 1, ceilMode: true, countsPadding: false),
      [1, 2, 6, 6], "ceil, padding does not count"),
    unary(AdaptiveAveragePool(Extent(3, 2)), [1, 2, 7, 5]),
    unary(AdaptiveAveragePool(Extent(7, 7)), [1, 2, 4, 4], "enlarging"),
    unary(AdaptiveMaxPool(Extent(3, 2)), [1, 2, 7, 5]), unary(GlobalAveragePool(), [1, 3, 4, 5]),
    unary(GlobalMaxPool(), [1, 3, 4, 5]),
    places, unary(ReduceMean(axes: [2, 3]), [1, 3, 4, 5]),
    unary(ReduceMean(axes: [-1], keepsDimensions: false), [1, 3, 4], "of rows"),
    unary(ReduceSum(axes: [1]), [1, 3, 4, 5]),
    unary(ReduceSum(axes: [1], keepsDimensions: false), [1, 2, 3, 4, 5], "of volumes"),
    unary(ReduceMean(axes: [2], keepsDimensions: false), [1, 3, 2, 4, 5], "of volumes"),
    unary(ReduceMax(axes: [1], keepsDimensions: false), [1, 2, 3, 4, 5], "of volumes"),
    unary(ReduceMax(axes: [2, 3], keepsDimensions: false), [1, 3, 4, 5]),
    unary(ReduceMin(axes: [1]), [1, 3, 4, 5]),
  ]

  /// Places of maxima within their entries of 70 elements: those in the whole batch depend on the entry's number.
  private static let places = OperationCase(
    kind: MaxPoolIndices.kind, note: "within entries", shape: [1, 2, 7, 5], range: nil
  ) { builder, input in
    let pool = MaxPool(kernel: Extent(3, 2), stride: 2, padding: 1)
    let all = try builder.add(MaxPoolIndices(of: pool), input)
    let share = try builder.add(Scale(factor: 1 / 70, summand: 1 / 140), all)
    let entry = try builder.add(Round(.down), share)
    return try builder.add(Add(), all, builder.add(Scale(factor: -70), entry))
  }

  private static let samplings: [OperationCase] =
    [
      (GridSample(.linear), "linear"),
      (GridSample(.cubic, outside: .reflection, alignsCorners: true), "cubic"),
      (GridSample(.linear, outside: .border), "border"), (GridSample(.nearest), "nearest"),
      (GridSample(.cubic, outside: .border), "cubic, border"),
    ].map { sample, note in
      OperationCase(kind: GridSample.kind, note: note, shape: [1, 2, 4, 3], range: nil) { builder, input in
        var numbers = SeededNumbers(29)
        let grid = try builder.add(Constant(numbers.tensor([1, 3, 2, 2], -1.4, 1.4)))
        return try builder.add(sample, input, grid)
      }
    } + [
      OperationCase(
        kind: GridSample.kind, note: "at the input's places", shape: [1, 3, 2, 2], range: -1.6...1.6
      ) {
        builder, input in
        let entry = try builder.add(Constant(weights([1, 2, 5, 4])))
        let value = try builder.add(BatchRepeat(), entry, input)
        return try builder.add(GridSample(.cubic, outside: .reflection), value, input)
      }
    ]

  static let moving: [OperationCase] =
    samplings + [
      OperationCase(kind: Concat.kind, note: "of parts", shape: [1, 5, 3, 2], range: nil) { builder, input in
        let head = try builder.add(Slice(starts: [0], ends: [2], axes: [1]), input)
        let rest = try builder.add(Slice(starts: [2], ends: [5], axes: [1]), input)
        return try builder.add(Concat(axis: 1), rest, input, head)
      },
      unary(
        Slice(starts: [1, -1], ends: [Int.max, Int.min], axes: [1, 3], steps: [2, -1]), [1, 5, 3, 4]),
      unary(Take([4, 0, 0, 3, 4], axis: 1), [1, 5, 3, 4], "some several times"),
      unary(Take([1, 2, 0], axis: -1), [1, 2, 3], "another order"),
      unary(
        Pad(Padding(top: 1, left: 0, bottom: 2, right: 3), mode: .constant(0.5)), [1, 2, 3, 4], "constant"),
      unary(Pad(Padding(top: 1, left: 2, bottom: 2, right: 3), mode: .reflect), [1, 2, 3, 4], "reflect"),
      unary(Pad(Padding(top: 4, left: 2, bottom: 2, right: 3), mode: .wrap), [1, 2, 3, 4], "wrap"),
      unary(Pad(Padding(top: -1, left: 0, bottom: 2, right: 3), mode: .edge), [1, 2, 3, 4], "edge"),
      unary(Resize(.sizes([0, 0, 7, 5])), [1, 2, 4, 3], "linear"),
      unary(
        Resize(.scales([1, 1, 2, 2]), mode: .nearest(.floor), coordinates: .asymmetric), [1, 2, 3, 3],
        "nearest"
      ),
      unary(Resize(.sizes([0, 0, 3, 4]), mode: .cubic(-0.75)), [1, 2, 6, 5], "cubic"),
      unary(Reshape([0, -1, 2]), [1, 3, 4]), unary(Flatten(), [1, 2, 3, 2]),
      unary(Squeeze(axes: [2]), [1, 3, 1, 4]), unary(Unsqueeze(axes: [2]), [1, 3, 4]),
      unary(Transpose([0, 2, 3, 1]), [1, 3, 4, 2]), unary(Transpose([0, 3, 1, 2]), [1, 3, 4, 2], "back"),
      OperationCase(kind: Constant.kind, note: "", shape: [1, 3], range: nil) { builder, input in
        try builder.add(Add(), input, builder.add(Constant(weights([3]))))
      },
      OperationCase(kind: BatchRepeat.kind, note: "beside the input", shape: [1, 3, 2], range: nil) {
        builder, input in
        let entry = try builder.add(Constant(weights([1, 2, 2])))
        return try builder.add(Concat(axis: 1), try builder.add(BatchRepeat(), entry, input), input)
      },
      OperationCase(kind: Input.kind, note: "", shape: [1, 3], range: nil) { _, input in input },
    ]
}
