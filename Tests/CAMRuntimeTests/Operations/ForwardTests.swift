import CAMRuntime
import Glibc
import Testing

@Suite("Every operation's value", .serialized)
struct ForwardTests {
  private func run(_ operation: any Operation, _ input: Tensor) throws -> Tensor {
    var builder = GraphBuilder()
    let source = try builder.input(shape: input.shape.withBatch(1))
    let output = try builder.add(operation, source)
    let network = try Network(builder.build(output: output))
    return try #require(try network.forward(input)[network.graph.output])
  }

  @Test("convolutions equal the definition", arguments: OperationCases.convolutions)
  func convolutions(_ sample: OperationCase) throws {
    let graph = try sample.graph()
    let input = sample.input(batch: 2)
    let operation = graph[graph.output].operation
    let found = try run(operation, input)
    let expected: [Double]
    if let convolution = operation as? Convolution {
      expected = Naive.convolution(input, convolution, output: found.shape)
    } else {
      let transposed = try #require(operation as? TransposedConvolution)
      expected = Naive.transposedConvolution(input, transposed, output: found.shape)
    }
    #expect(difference(found.values, expected) < 1e-5)
  }

  @Test("pools equal the definition", arguments: OperationCases.pools.prefix(7))
  func pools(_ sample: OperationCase) throws {
    let graph = try sample.graph()
    let input = sample.input(batch: 2)
    let operation = graph[graph.output].operation
    let found = try run(operation, input)
    let expected: [Double]
    if let pool = operation as? MaxPool {
      expected = Naive.windows(
        input, output: found.shape, kernel: pool.kernel, stride: pool.stride, padding: pool.padding,
        dilation: pool.dilation
      ) { inside, _ in inside.max() ?? -.infinity }
    } else {
      let pool = try #require(operation as? AveragePool)
      expected = Naive.windows(
        input, output: found.shape, kernel: pool.kernel, stride: pool.stride, padding: pool.padding,
        dilation: pool.dilation
      ) { inside, padded in
        inside.reduce(0, +) / Double(pool.countsPadding ? padded : inside.count)
      }
    }
    #expect(difference(found.values, expected) < 1e-6)
  }

  static let formulas: [(ElementwiseFunction, @Sendable (Double) -> Double)] = [
    (ReLU().function, { max($0, 0) }), (ReLU6().function, { min(max($0, 0), 6) }),
    (LeakyReLU(slope: 0.1).function, { $0 > 0 ? $0 : 0.1 * $0 }),
    (ELU(alpha: 2).function, { $0 > 0 ? $0 : 2 * (exp($0) - 1) }),
    (SELU().function, { 1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * (exp($0) - 1)) }),
    (SiLU().function, { $0 / (1 + exp(-$0)) }), (Mish().function, { $0 * tanh(log1p(exp($0))) }),
    (HardSigmoid().function, { min(max($0 / 6 + 0.5, 0), 1) }),
    (HardSwish().function, { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
    (Sigmoid().function, { 1 / (1 + exp(-$0)) }), (Tanh().function, { tanh($0) }),
    (Softplus().function, { log1p(exp($0)) }), (Softsign().function, { $0 / (1 + abs($0)) }),
    (GELU(.exact).function, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
    (
      GELU(.tanh).function,
      { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    ),
    (Abs().function, { abs($0) }), (Neg().function, { -$0 }), (Exp().function, { exp($0) }),
    (ThresholdedReLU(threshold: 0.5).function, { $0 > 0.5 ? $0 : 0 }),
    (Sign().function, { $0 == 0 ? 0 : ($0 > 0 ? 1 : -1) }),
    (Shrink(threshold: 0.5, shift: 0.2).function, { abs($0) <= 0.5 ? 0 : ($0 > 0 ? $0 - 0.2 : $0 + 0.2) }),
    (Round(.down).function, { $0.rounded(.down) }), (Round(.up).function, { $0.rounded(.up) }),
    (Round().function, { $0.rounded(.toNearestOrEven) }),
    (Sine().function, { sin($0) }), (Cosine().function, { cos($0) }),
    (Erf().function, { erf($0) }), (Clip(minimum: -1, maximum: 2).function, { min(max($0, -1), 2) }),
  ]

  @Test("formulas equal their definition", arguments: formulas.indices)
  func elementwise(_ index: Int) throws {
    struct Formula: ElementwiseOperation {
      static let kind = "formula"
      let function: ElementwiseFunction
      let traits: OperationTraits = .elementwise
    }
    let (function, reference) = Self.formulas[index]
    var inputs: [Float] = (-400...400).map { Float($0) / 50 }
    inputs += [-60, 60, 1e-6, -1e-6, 1e-20]
    let found = try run(Formula(function: function), Tensor([1, inputs.count], values: inputs)).values
    for (x, y) in zip(inputs, found) {
      let expected = reference(Double(x))
      #expect(abs(Double(y) - expected) <= 1e-6 + 2e-6 * abs(expected), "\(function.formula) of \(x)")
    }
  }

  @Test("the exponential reaches infinity and zero, and keeps what is not a number")
  func exponential() throws {
    let found = try run(Exp(), Tensor([1, 5], values: [100, -110, .nan, 88, -80])).values
    #expect(found[0] == .infinity && found[1] == 0 && found[2].isNaN)
    #expect(abs(found[3] / expf(88) - 1) < 1e-5 && abs(found[4] / expf(-80) - 1) < 1e-5)
  }

  @Test("norms equal their definition")
  func norms() throws {
    var numbers = SeededNumbers(2)
    let input = numbers.tensor([2, 4, 3, 5])
    for (operation, rows) in [
      (LayerNorm(axis: 1, epsilon: 0.1) as any Operation, 2), (LayerNorm(axis: -1, epsilon: 0.1), 24),
      (GroupNorm(groups: 2, epsilon: 0.1), 4), (InstanceNorm(epsilon: 0.1), 8),
    ] {
      let expected = Naive.normalized(input.values, rows: rows, epsilon: 0.1)
      #expect(difference(try run(operation, input).values, expected) < 1e-6)
    }
  }

  @Test("a softmax sums to one and survives large scores")
  func softmax() throws {
    let found = try run(Softmax(axis: 1), Tensor([1, 3], values: [1000, 1001, 900])).values
    #expect(abs(found[0] - 0.26894142) < 1e-6 && abs(found[1] - 0.7310586) < 1e-6 && found[2] < 1e-30)
    let logs = try run(LogSoftmax(axis: 1), Tensor([1, 3], values: [1000, 1001, 900])).values
    #expect(abs(logs[0] + 1.3132616) < 1e-5 && abs(logs[2] + 101.31326) < 1e-4)
  }

  @Test("a resize by half pixels equals values worked out by hand")
  func resize() throws {
    let input = Tensor([1, 1, 2, 2], values: [1, 2, 3, 4])
    let linear = try run(Resize(.sizes([0, 0, 2, 4])), input).values
    #expect(linear == [1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4])
    let corners = try run(Resize(.sizes([0, 0, 2, 3]), coordinates: .alignCorners), input).values
    #expect(corners == [1, 1.5, 2, 3, 3.5, 4])
    let nearest = try run(
      Resize(.scales([1, 1, 2, 1]), mode: .nearest(.floor), coordinates: .asymmetric), input)
    #expect(nearest.values == [1, 2, 1, 2, 3, 4, 3, 4])
  }

  @Test(
    "the nearest element at and beside a half, by each way to round",
    arguments: [
      (.preferFloor, [1, 1, 1, 2, 2, 2, 2, 2]), (.preferCeil, [1, 1, 2, 2, 2, 2, 2, 2]),
      (.floor, [1, 1, 1, 1, 2, 2, 2, 2]), (.ceil, [1, 2, 2, 2, 2, 2, 2, 2]),
    ] as [(Resize.Rounding, [Float])])
  func nearest(_ rounding: Resize.Rounding, _ expected: [Float]) throws {
    let resize = Resize(.scales([1, 1, 1, 4]), mode: .nearest(rounding), coordinates: .asymmetric)
    #expect(try run(resize, Tensor([1, 1, 1, 2], values: [1, 2])).values == expected)
  }

  @Test("a mirror shows what stands before it: one element fewer than there are")
  func mirrors() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, 1, 3])
    for (left, right) in [(3, 0), (0, 3)] {
      let pad = Pad(Padding(top: 0, left: left, bottom: 0, right: right), mode: .reflect)
      #expect(throws: GraphError.self) { try builder.add(pad, input) }
    }
  }

  @Test("pads repeat, mirror and cut")
  func pads() throws {
    let input = Tensor([1, 1, 1, 3], values: [1, 2, 3])
    #expect(
      try run(Pad(Padding(top: 0, left: 2, bottom: 0, right: 1), mode: .reflect), input).values
        == [3, 2, 1, 2, 3, 2])
    #expect(
      try run(Pad(Padding(top: 0, left: 1, bottom: 0, right: 2), mode: .edge), input).values
        == [1, 1, 2, 3, 3, 3])
    #expect(
      try run(Pad(Padding(top: 0, left: 4, bottom: 0, right: 2), mode: .wrap), input).values
        == [3, 1, 2, 3, 1, 2, 3, 1, 2])
    #expect(
      try run(Pad(Padding(top: 0, left: -1, bottom: 1, right: 1), mode: .constant(9)), input).values
        == [2, 3, 9, 9, 9, 9])
  }
}
