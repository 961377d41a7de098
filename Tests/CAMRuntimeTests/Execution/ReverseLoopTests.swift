import CAMRuntime
import CVector
import Testing

@Suite("Reverse passes by the weights of the forward pass", .serialized)
struct ReverseLoopTests {
  /// A convolution of pictures of some size.
  struct Sample: CustomTestStringConvertible, Sendable {
    var inputs: Int
    var outputs: Int
    var kernel: [Int] = [1, 1]
    var size: [Int]
    var stride: Extent = 1
    var dilation: Extent = 1
    var padding: Padding = .none
    var groups = 1

    var testDescription: String {
      "\(inputs) to \(outputs), \(kernel) of \(size), stride \(stride), distance \(dilation), \(padding), \(groups) groups"
    }

    func convolution(_ seed: UInt64) -> Convolution {
      Convolution(
        weight: FusionTests.weights([outputs, inputs / groups, kernel[0], kernel[1]], seed), stride: stride,
        padding: padding, dilation: dilation, groups: groups)
    }
  }

  static let samples: [Sample] = [
    // One tap: whole and broken blocks of inputs and outputs, more pixels than a tile takes.
    Sample(inputs: 64, outputs: 48, size: [7, 9]), Sample(inputs: 33, outputs: 17, size: [5, 4]),
    Sample(inputs: 16, outputs: 80, size: [1, 1]), Sample(inputs: 40, outputs: 24, size: [31, 30]),
    Sample(inputs: 3, outputs: 20, size: [6, 6]),
    // A stride leaves pixels that nothing reads.
    Sample(inputs: 32, outputs: 64, size: [14, 13], stride: 2),
    Sample(inputs: 20, outputs: 33, size: [8, 9], stride: Extent(3, 2), padding: 1),
    // A stride whose forward pass is Winograd's.
    Sample(inputs: 64, outputs: 48, kernel: [3, 3], size: [28, 27], stride: 2, padding: 1),
    // Windows, strides and borders that differ.
    Sample(inputs: 48, outputs: 36, kernel: [3, 3], size: [9, 6], padding: 1),
    Sample(inputs: 32, outputs: 32, kernel: [3, 3], size: [14, 15], stride: 2, padding: 1),
    Sample(
      inputs: 18, outputs: 21, kernel: [5, 3], size: [11, 8], stride: Extent(2, 3),
      padding: Padding(top: 1, left: 0, bottom: 2, right: 2)),
    Sample(
      inputs: 17, outputs: 16, kernel: [1, 7], size: [9, 9],
      padding: Padding(top: 0, left: 3, bottom: 0, right: 3)),
    Sample(inputs: 24, outputs: 16, kernel: [2, 2], size: [7, 7], stride: 3),
    Sample(inputs: 20, outputs: 20, kernel: [3, 3], size: [12, 11], dilation: Extent(2, 3), padding: 2),
    Sample(inputs: 16, outputs: 19, kernel: [3, 3], size: [13, 12], stride: 2, dilation: 2, padding: 3),
    Sample(inputs: 3, outputs: 34, kernel: [7, 7], size: [19, 18], stride: 2, padding: 3),
    Sample(inputs: 3, outputs: 34, kernel: [3, 3], size: [19, 18], padding: 1),
    // Groups, some of few channels.
    Sample(inputs: 48, outputs: 72, kernel: [3, 3], size: [8, 8], padding: 1, groups: 3),
    Sample(inputs: 24, outputs: 24, kernel: [3, 3], size: [9, 8], stride: 2, padding: 1, groups: 4),
    Sample(inputs: 24, outputs: 24, kernel: [3, 3], size: [9, 8], stride: 2, padding: 1, groups: 24),
    Sample(inputs: 20, outputs: 20, kernel: [5, 5], size: [9, 8], padding: 2, groups: 20),
    // Winograd's form: whole tiles and edges, borders that differ, blocks of sixteen, more tiles than a group has.
    Sample(inputs: 32, outputs: 48, kernel: [3, 3], size: [16, 12], padding: 1),
    Sample(
      inputs: 48, outputs: 16, kernel: [3, 3], size: [13, 19],
      padding: Padding(top: 0, left: 2, bottom: 1, right: 0)),
    Sample(inputs: 64, outputs: 32, kernel: [3, 3], size: [18, 17]),
    Sample(inputs: 32, outputs: 32, kernel: [3, 3], size: [62, 85], padding: 1),
    // So many weights that they are turned while others are multiplied: tiles that share that evenly and do not, blocks of
    // outputs that are not full, few taps behind many.
    Sample(inputs: 160, outputs: 1024, size: [9, 8]), Sample(inputs: 330, outputs: 1010, size: [4, 3]),
    Sample(inputs: 1300, outputs: 208, size: [10, 7]),
    Sample(inputs: 104, outputs: 656, kernel: [3, 3], size: [7, 6], stride: 2, padding: 1),
    Sample(inputs: 80, outputs: 400, kernel: [3, 3], size: [7, 7], padding: 1),
    Sample(inputs: 112, outputs: 96, kernel: [3, 3], size: [20, 12], padding: 1),
  ]

  /// Places of a value: all of a small one; corners of both entries and others of a large one, as sums take their time.
  private func places(of shape: Shape) -> [Int] {
    guard shape.count > 150 else { return Array(0..<shape.count) }
    var numbers = SeededNumbers(41)
    let pixels = shape[2] * shape[3], row = shape[3]
    let corners = [0, row - 1, pixels - row, pixels - 1]
    return corners + corners.map { shape.count - 1 - $0 }
      + (0..<120).map { _ in Int(numbers.bits() >> 1) % shape.count }
  }

  /// What `seed` at a convolution's value, each channel times its factor, is at places of its input, sum by sum.
  private func gradient(
    of op: Convolution, _ seed: Tensor, factors: [Float]? = nil, at places: [Int], of input: Shape
  ) -> [Double] {
    let weights = op.weight.values, perGroup = op.weight.shape[1], outputs = seed.shape[1] / op.groups
    let rows = op.weight.shape[2], columns = op.weight.shape[3], values = seed.values
    let height = seed.shape[2], width = seed.shape[3]
    return places.map { place in
      let x = place % input[3], y = place / input[3] % input[2]
      let i = place / (input[3] * input[2]) % input[1], n = place / (input[3] * input[2] * input[1])
      var sum = 0.0
      for tap in 0..<rows * columns {
        let down = y + op.padding.top - tap / columns * op.dilation.height
        let across = x + op.padding.left - tap % columns * op.dilation.width
        guard down >= 0, across >= 0, down % op.stride.height == 0, across % op.stride.width == 0,
          down / op.stride.height < height, across / op.stride.width < width
        else { continue }
        for o in i / perGroup * outputs..<(i / perGroup + 1) * outputs {
          let from = ((n * seed.shape[1] + o) * height + down / op.stride.height) * width
          let weight = weights[(o * perGroup + i % perGroup) * rows * columns + tap] * (factors?[o] ?? 1)
          sum += Double(values[from + across / op.stride.width]) * Double(weight)
        }
      }
      return sum
    }
  }

  @Test(
    "a convolution's gradient is the plain sums', with all instructions and few",
    arguments: samples, [2, 1, 0])
  func alone(_ sample: Sample, _ level: Int32) throws {
    cv_limit_instructions(level)
    defer { cv_limit_instructions(2) }
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, sample.inputs, sample.size[0], sample.size[1]])
    let operation = sample.convolution(3)
    let output = try builder.add(operation, input)
    let network = try Network(builder.build(output: output))
    var numbers = SeededNumbers(11)
    let picture = numbers.tensor([2, sample.inputs, sample.size[0], sample.size[1]])
    let base = try network.forward(picture)
    let value = try #require(base[network.graph.output])
    let seed = numbers.tensor(value.shape)
    let found = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: [input], at: base)
    let places = places(of: picture.shape), all = try #require(found[input]).values
    let expected = gradient(of: operation, seed, at: places, of: picture.shape)
    #expect(difference(places.map { all[$0] }, expected) < 1e-5)
  }

  @Test(
    "neither the number of threads nor what they do meanwhile changes a bit",
    arguments: [
      Sample(inputs: 260, outputs: 300, kernel: [3, 3], size: [9, 8], stride: 2, padding: 1),
      Sample(inputs: 256, outputs: 250, kernel: [3, 3], size: [13, 14], padding: 1),
      Sample(inputs: 512, outputs: 420, size: [9, 9]),
    ])
  func sameBits(_ sample: Sample) throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, sample.inputs, sample.size[0], sample.size[1]])
    let output = try builder.add(sample.convolution(3), input)
    let graph = try builder.build(output: output)
    var results: Set<[Float]> = []
    for threads in [1, 2, 2, 2, 2, 2, 2, 3] {
      let network = try Network(graph, options: ExecutionOptions(threads: threads))
      var numbers = SeededNumbers(11)
      let base = try network.forward(numbers.tensor([1, sample.inputs, sample.size[0], sample.size[1]]))
      let seed = numbers.tensor(try #require(base[output]).shape)
      let found = try network.gradient(from: output, seed: seed, withRespectTo: [input], at: base)
      results.insert(try #require(found[input]).values)
    }
    #expect(results.count == 1)
  }

  @Test(
    "so is that of a cut value that two normalised convolutions and a sum read, by every rule",
    arguments: samples, [RectifierRule.standard, .guided, .deconvolution])
  func inChains(_ sample: Sample, _ rule: RectifierRule) throws {
    var builder = GraphBuilder()
    let shape: Shape = [1, sample.inputs, sample.size[0], sample.size[1]]
    let input = try builder.input(shape: shape)
    let scaled = try builder.add(Scale(factor: 2), input)
    let cut = try builder.add(ReLU6(), scaled)
    let first = sample.convolution(5), second = sample.convolution(6)
    let norms = [FusionTests.norm(sample.outputs, 7), FusionTests.norm(sample.outputs, 8)]
    let one = try builder.add(norms[0], try builder.add(first, cut))
    let other = try builder.add(norms[1], try builder.add(second, cut))
    let output = try builder.add(Add(), one, other)
    let network = try Network(builder.build(output: output))
    var numbers = SeededNumbers(23)
    let picture = numbers.tensor(shape.withBatch(2), -4, 4)
    let base = try network.forward(picture, gradientsTo: [scaled])
    let value = try #require(base[network.graph.output])
    let seed = numbers.tensor(value.shape)
    let found = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: [scaled, input], at: base, rectifier: rule)
    let places = places(of: picture.shape)
    let parts = zip([first, second], norms).map {
      gradient(of: $0, seed, factors: $1.affine.factors, at: places, of: picture.shape)
    }
    var expected = zip(parts[0], parts[1]).map(+)
    let values = picture.values
    for place in expected.indices {
      let inside = 2 * values[places[place]] > 0 && 2 * values[places[place]] < 6
      switch rule {
      case .standard: expected[place] = inside ? expected[place] : 0
      case .guided: expected[place] = inside ? max(expected[place], 0) : 0
      case .deconvolution: expected[place] = max(expected[place], 0)
      }
    }
    let near = try #require(found[scaled]).values, far = try #require(found[input]).values
    #expect(difference(places.map { near[$0] }, expected) < 1e-5)
    #expect(difference(places.map { far[$0] }, expected.map { 2 * $0 }) < 1e-5)
  }

  @Test(
    "on pairs of 16-bit floats it is that to within their rounding",
    .enabled(if: cv_has_bf16() != 0, "the processor has no products of 16 bits"), arguments: samples)
  func rounded(_ sample: Sample) throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, sample.inputs, sample.size[0], sample.size[1]])
    let operation = sample.convolution(3), norm = FusionTests.norm(sample.outputs, 7)
    let output = try builder.add(norm, try builder.add(operation, input))
    let network = try Network(
      builder.build(output: output), options: ExecutionOptions(precision: .bfloat16))
    var numbers = SeededNumbers(11)
    let picture = numbers.tensor([2, sample.inputs, sample.size[0], sample.size[1]])
    let base = try network.forward(picture)
    let seed = numbers.tensor(try #require(base[network.graph.output]).shape)
    let found = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: [input], at: base)
    let places = places(of: picture.shape), all = try #require(found[input]).values
    let expected = gradient(
      of: operation, seed, factors: norm.affine.factors, at: places, of: picture.shape)
    #expect(difference(places.map { all[$0] }, expected) < 1e-2)
  }

  @Test("values and gradients that are asked for on the way are whole")
  func inBetween() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 32, 12, 12])
    let first = try builder.add(
      Convolution(weight: FusionTests.weights([32, 32, 3, 3], 1), padding: 1), input)
    let norm = try builder.add(FusionTests.norm(32, 2), first)
    let cut = try builder.add(ReLU(), norm)
    let second = try builder.add(Convolution(weight: FusionTests.weights([48, 32, 1, 1], 3), stride: 2), cut)
    let scaled = try builder.add(FusionTests.norm(48, 4), second)
    let output = try builder.add(ReLU(), scaled)
    let network = try Network(builder.build(output: output))
    var numbers = SeededNumbers(31)
    let base = try network.forward(numbers.tensor([1, 32, 12, 12]))
    let seed = numbers.tensor(try #require(base[network.graph.output]).shape)
    let all = [input, first, norm, cut, second, scaled]
    let together = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: all, at: base)
    for id in all {
      // One at a time others are joined than all at once.
      let alone = try network.gradient(
        from: network.graph.output, seed: seed, withRespectTo: [id], at: base)
      let left = try #require(alone[id]).values, right = try #require(together[id]).values
      #expect(difference(left, right.map(Double.init)) < 1e-5)
      #expect(left.contains { $0 != 0 })
    }
  }
}
