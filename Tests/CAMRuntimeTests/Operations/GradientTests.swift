import CAMRuntime
import Testing

@Suite("Every operation's reverse pass", .serialized)
struct GradientTests {
  @Test("every kind in the catalogue has a case")
  func complete() {
    let covered = Set(OperationCases.all.map(\.kind))
    #expect(OperationCatalog.all.map { $0.kind }.filter { !covered.contains($0) } == [])
  }

  @Test("agrees with finite differences", arguments: OperationCases.all)
  func finiteDifferences(_ sample: OperationCase) throws {
    let network = try Network(sample.graph())
    let graph = network.graph
    let input = sample.input(batch: 2)
    let base = try network.forward(input, keeping: [graph.output])
    let output = try #require(base[graph.output])
    var numbers = SeededNumbers(19)
    let seed = numbers.tensor(output.shape)
    let gradients = try network.gradient(
      from: graph.output, seed: seed, withRespectTo: [graph.input], at: base)
    let gradient = try #require(gradients[graph.input])
    #expect(gradient.shape == input.shape)
    for _ in 0..<4 {
      let direction = numbers.tensor(input.shape)
      // Small enough to stay between kinks (the distinct values are 0.02 apart).
      let step: Float = 4e-3
      func score(_ sign: Float) throws -> Double {
        let moved = Tensor(
          input.shape, values: zip(input.values, direction.values).map { $0 + sign * step * $1 })
        let values = try #require(try network.forward(moved)[graph.output]).values
        return zip(values, seed.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      let expected = try (score(1) - score(-1)) / Double(2 * step)
      let found = zip(gradient.values, direction.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let scale = max(1, output.values.reduce(0) { $0 + Double(abs($1)) } / 10)
      #expect(abs(found - expected) < 2e-3 * scale + 0.01 * abs(expected), "\(found) and \(expected)")
    }
  }

  @Test(
    "does not depend on how values lie in memory", arguments: OperationCases.all.filter { $0.shape.rank == 4 }
  )
  func layouts(_ sample: OperationCase) throws {
    // A 1x1 max pool changes nothing, but leaves its value with channels innermost.
    var builder = GraphBuilder()
    let input = try builder.input(shape: sample.shape)
    let pooled = try builder.add(MaxPool(kernel: 1), input)
    let output = try sample.build(&builder, pooled)
    let network = try Network(builder.build(output: output))
    let plain = try Network(sample.graph())
    let picture = sample.input(batch: 2)
    let one = try network.forward(picture), other = try plain.forward(picture)
    let found = try #require(one[network.graph.output])
    let expected = try #require(other[plain.graph.output])
    #expect(found.shape == expected.shape)
    #expect(difference(found.values, expected.values.map(Double.init)) < 1e-6)
    var numbers = SeededNumbers(5)
    let seed = numbers.tensor(expected.shape)
    let first = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: [network.graph.input], at: one)
    let second = try plain.gradient(
      from: plain.graph.output, seed: seed, withRespectTo: [plain.graph.input], at: other)
    let left = try #require(first[network.graph.input]), right = try #require(second[plain.graph.input])
    #expect(difference(left.values, right.values.map(Double.init)) < 1e-5)
  }

  @Test("does not depend on how the gradient that comes back lies in memory", arguments: OperationCases.all)
  func gradientLayouts(_ sample: OperationCase) throws {
    let plain = try Network(sample.graph())
    let picture = sample.input(batch: 2)
    let other = try plain.forward(picture)
    guard let expected = other[plain.graph.output], expected.shape.rank == 4 else { return }
    // A 1x1 max pool changes nothing, but its gradient has channels innermost.
    var builder = GraphBuilder()
    let output = try sample.build(&builder, try builder.input(shape: sample.shape))
    let pooled = try builder.add(MaxPool(kernel: 1), output)
    let network = try Network(builder.build(output: pooled))
    let one = try network.forward(picture)
    var numbers = SeededNumbers(6)
    let seed = numbers.tensor(expected.shape)
    let first = try network.gradient(
      from: network.graph.output, seed: seed, withRespectTo: [network.graph.input], at: one)
    let second = try plain.gradient(
      from: plain.graph.output, seed: seed, withRespectTo: [plain.graph.input], at: other)
    let left = try #require(first[network.graph.input]), right = try #require(second[plain.graph.input])
    #expect(difference(left.values, right.values.map(Double.init)) < 1e-5)
  }

  @Test("where a function is flat nothing comes back, however steep what is behind it")
  func flat() throws {
    // PyTorch's gradients of the sum of each at -1, 0 and 4.
    let cases: [(operations: [any Operation], expected: [Float])] = [
      ([ReLU(), Sqrt()], [0, 0, 0.25]), ([LeakyReLU(slope: 0), Sqrt()], [0, 0, 0.25]),
      ([Pow(exponent: 0)], [0, 0, 0]), ([Pow(exponent: 2), Sqrt()], [-1, 0, 1]),
      ([ThresholdedReLU(threshold: 0), Reciprocal()], [0, 0, -0.0625]),
    ]
    for (operations, expected) in cases {
      var builder = GraphBuilder()
      let input = try builder.input(shape: [1, 3])
      let output = try operations.reduce(input) { try builder.add($1, $0) }
      let network = try Network(try builder.build(output: output))
      let values = try network.forward(Tensor([1, 3], values: [-1, 0, 4]))
      let gradient = try network.gradient(
        from: network.graph.output, seed: Tensor([1, 3], values: [1, 1, 1]),
        withRespectTo: [network.graph.input], at: values)
      let found = try #require(gradient[network.graph.input]).values
      #expect(relativeError(found, expected) < 1e-6, "\(operations.map(\.kind)): \(found)")
    }
  }

  @Test("the batch does not change an entry's value", arguments: OperationCases.all)
  func batches(_ sample: OperationCase) throws {
    let network = try Network(sample.graph())
    let batch = sample.input(batch: 5)
    let all = try #require(try network.forward(batch)[network.graph.output])
    for entry in 0..<5 {
      let one = try #require(try network.forward(batch.entries(entry..<entry + 1))[network.graph.output])
      let expected = all.shape.rank > 0 && all.shape[0] == 5 ? all.entries(entry..<entry + 1) : all
      #expect(difference(one.values, expected.values.map(Double.init)) < 1e-6)
    }
  }
}
