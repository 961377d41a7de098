import CAMRuntime
import CVector
import Testing

@Suite("Fused plans", .serialized)
struct FusionTests {
  static func weights(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var numbers = SeededNumbers(seed)
    return numbers.tensor(shape, -0.3, 0.3)
  }

  static func norm(_ channels: Int, _ seed: UInt64) -> BatchNorm {
    var numbers = SeededNumbers(seed)
    return BatchNorm(
      scale: numbers.tensor([channels], 0.5, 1.5), shift: numbers.tensor([channels]),
      mean: numbers.tensor([channels]), variance: numbers.tensor([channels], 0.5, 1.5))
  }

  /// A stem, a residual block with a projection, a padded depthwise block, a grouped one and a head.
  static func graph(channels: Int, size: Int) throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, size, size])
    let c = channels
    var x = try builder.add(
      Convolution(weight: weights([c, 3, 7, 7], 1), stride: 2, padding: 3), input, name: "stem")
    x = try builder.add(norm(c, 2), x, name: "stem.norm")
    x = try builder.add(ReLU(), x, name: "stem.relu")
    var y = try builder.add(
      Convolution(weight: weights([c, c, 3, 3], 3), bias: weights([c], 4), padding: 1), x, name: "a")
    y = try builder.add(norm(c, 5), y, name: "a.norm")
    y = try builder.add(ReLU6(), y, name: "a.relu")
    y = try builder.add(Convolution(weight: weights([2 * c, c, 3, 3], 6), padding: 1), y, name: "b")
    y = try builder.add(norm(2 * c, 7), y, name: "b.norm")
    var z = try builder.add(Convolution(weight: weights([2 * c, c, 1, 1], 8)), x, name: "projection")
    z = try builder.add(norm(2 * c, 9), z, name: "projection.norm")
    y = try builder.add(Add(), z, y, name: "sum")
    y = try builder.add(ReLU(), y, name: "block")
    y = try builder.add(Pad(Padding(top: 0, left: 0, bottom: 1, right: 2)), y, name: "pad")
    y = try builder.add(
      Convolution(weight: weights([2 * c, 1, 3, 3], 10), padding: 1, groups: 2 * c), y, name: "depthwise")
    y = try builder.add(norm(2 * c, 11), y, name: "depthwise.norm")
    y = try builder.add(
      Convolution(weight: weights([2 * c, c, 1, 1], 12), groups: 2), y, name: "grouped")
    y = try builder.add(ReLU(), y, name: "features")
    y = try builder.add(GlobalAveragePool(), y)
    y = try builder.add(Flatten(), y)
    y = try builder.add(Linear(weight: weights([10, 2 * c], 13), bias: weights([10], 14)), y, name: "logits")
    return try builder.build(output: builder.count > 0 ? y : input)
  }

  @Test(
    "every layer's value is the same whether it is inside a chain or asked for",
    arguments: [(16, 17), (32, 32), (20, 21)])
  func chains(_ channels: Int, _ size: Int) throws {
    let graph = try Self.graph(channels: channels, size: size)
    let network = try Network(graph)
    var numbers = SeededNumbers(77)
    let input = numbers.tensor([2, 3, size, size])
    let all = try network.forward(input, keeping: graph.nodes.map(\.id))
    let scores = try #require(try network.forward(input)[graph.output])
    #expect(difference(scores.values, try #require(all[graph.output]).values.map(Double.init)) < 2e-5)
    for node in graph.nodes {
      let alone = try #require(try network.forward(input, keeping: [node.id])[node.id])
      let expected = try #require(all[node.id])
      #expect(difference(alone.values, expected.values.map(Double.init)) < 2e-5, "\(node.name)")
    }
  }

  /// Convolutions of every kind that loops of their own compute, and a linear layer.
  static let cut: [(name: String, operation: any Operation, input: Shape)] = [
    ("stem", Convolution(weight: weights([16, 3, 7, 7], 1), stride: 2, padding: 3), [1, 3, 20, 20]),
    ("1x1", Convolution(weight: weights([32, 32, 1, 1], 2)), [1, 32, 9, 9]),
    ("3x3", Convolution(weight: weights([16, 16, 3, 3], 3), padding: 1), [1, 16, 7, 7]),
    ("Winograd", Convolution(weight: weights([32, 32, 3, 3], 4), padding: 1), [1, 32, 36, 36]),
    ("depthwise", Convolution(weight: weights([32, 1, 3, 3], 5), padding: 1, groups: 32), [1, 32, 11, 11]),
    ("grouped", Convolution(weight: weights([32, 8, 3, 3], 6), stride: 2, groups: 4), [1, 32, 12, 12]),
    ("few channels", Convolution(weight: weights([5, 7, 3, 3], 7)), [1, 7, 8, 8]),
    ("linear", Linear(weight: weights([10, 48], 8)), [1, 48]),
  ]

  @Test(
    "what cuts a convolution's values cuts them at both ends, inside its loop as behind it",
    arguments: 0..<cut.count, [Clip(minimum: -0.25, maximum: 0.125), Clip(minimum: 0.0625, maximum: 0.25)])
  func limits(_ kind: Int, _ clip: Clip) throws {
    let (name, operation, shape) = Self.cut[kind]
    var builder = GraphBuilder()
    let input = try builder.input(shape: shape)
    let sums = try builder.add(operation, input, name: "sums")
    let output = try builder.add(clip, sums, name: "cut")
    let network = try Network(builder.build(output: output))
    var numbers = SeededNumbers(91)
    let values = numbers.tensor(shape)
    let fused = try #require(try network.forward(values)[network.graph.output]).values
    let whole = try #require(try network.forward(values, keeping: [sums])[sums]).values
    let expected = whole.map { Double(min(max($0, clip.minimum), clip.maximum)) }
    #expect(difference(fused, expected) < 2e-6, "\(name)")
    #expect(fused.min() == clip.minimum && fused.max() == clip.maximum, "\(name)")
    #expect(whole.contains { $0 < clip.minimum } && whole.contains { $0 > clip.maximum }, "\(name)")
  }

  @Test("every set of instructions computes the same", arguments: [0, 1])
  func instructions(_ level: Int32) throws {
    let graph = try Self.graph(channels: 32, size: 33)
    var numbers = SeededNumbers(78)
    let input = numbers.tensor([1, 3, 33, 33])
    let best = try #require(try Network(graph).forward(input)[graph.output])
    cv_limit_instructions(level)
    defer { cv_limit_instructions(2) }
    #expect(cv_instructions() <= level)
    let found = try #require(try Network(graph).forward(input)[graph.output])
    #expect(difference(found.values, best.values.map(Double.init)) < 1e-5)
  }

  @Test("16-bit products stay close, and 32-bit ones take their place where the processor has none")
  func bfloat16() throws {
    let graph = try Self.graph(channels: 32, size: 33)
    var numbers = SeededNumbers(81)
    let input = numbers.tensor([2, 3, 33, 33])
    let exact = try #require(try Network(graph).forward(input)[graph.output])
    let network = try Network(graph, options: ExecutionOptions(precision: .bfloat16))
    let found = try #require(try network.forward(input)[graph.output])
    let error = difference(found.values, exact.values.map(Double.init))
    #expect(error < 2e-2)
    #expect((error > 1e-6) == (network.device.precision == .bfloat16))
    #expect((network.device.precision == .bfloat16) == (cv_has_bf16() != 0))
    cv_limit_instructions(1)
    defer { cv_limit_instructions(2) }
    #expect(try Network(graph, options: ExecutionOptions(precision: .bfloat16)).device.precision == .float32)
  }

  @Test("one thread computes what two compute")
  func threads() throws {
    let graph = try Self.graph(channels: 32, size: 40)
    var numbers = SeededNumbers(79)
    let input = numbers.tensor([3, 3, 40, 40])
    let one = try Network(graph, options: ExecutionOptions(threads: 1)).forward(input)[graph.output]
    let two = try Network(graph, options: ExecutionOptions(threads: 2)).forward(input)[graph.output]
    let three = try Network(graph, options: ExecutionOptions(threads: 3)).forward(input)[graph.output]
    #expect(try #require(one).values == #require(two).values)
    #expect(try #require(one).values == #require(three).values)
  }

  @Test("a tail equals the whole network on the edited value, and classes are columns of it")
  func tails() throws {
    let graph = try Self.graph(channels: 16, size: 20)
    let network = try Network(graph)
    var numbers = SeededNumbers(80)
    let input = numbers.tensor([1, 3, 20, 20])
    let base = try network.forward(input)
    for name in ["stem.relu", "a.norm", "block", "features", "projection"] {
      let target = try #require(graph.node(named: name))
      let value = try #require(try network.forward(input, keeping: [target])[target])
      let edits = Tensor(value.shape.withBatch(3)) { buffer in
        for edit in 0..<3 {
          for (place, element) in value.values.enumerated() {
            buffer[edit * value.count + place] = element * Float(edit)
          }
        }
      }
      let tail = try network.tail(after: target, edits: edits, base: base, keeping: [])
      let scores = try #require(tail[graph.logits])
      // The second edit is the value itself.
      let same = scores.entries(1..<2).values
      #expect(difference(same, try #require(base[graph.logits]).values.map(Double.init)) < 2e-5, "\(name)")
      #expect(difference(scores.entries(0..<1).values, same.map(Double.init)) > 1e-3, "\(name)")
      let some = try network.tail(after: target, edits: edits, base: base, classes: [7, 2])
      let picked = try #require(some[graph.logits])
      #expect(picked.shape == [3, 2])
      let expected = (0..<3).flatMap { [scores[$0].values[7], scores[$0].values[2]] }
      #expect(difference(picked.values, expected.map(Double.init)) < 1e-5)
    }
  }

  @Test("a max pool takes over the padding before it", arguments: [Precision.float32, .bfloat16])
  func paddedPool(_ precision: Precision) throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 16, 10, 11])
    var x = try builder.add(Convolution(weight: Self.weights([32, 16, 1, 1], 1)), input, name: "before")
    let padding = Padding(top: 0, left: 0, bottom: 1, right: 2)
    x = try builder.add(Pad(padding, mode: .constant(-.infinity)), x, name: "pad")
    x = try builder.add(MaxPool(kernel: 3, stride: 2), x, name: "pool")
    x = try builder.add(Convolution(weight: Self.weights([8, 32, 1, 1], 2)), x, name: "behind")
    let graph = try builder.build(output: x)
    let network = try Network(graph, options: ExecutionOptions(precision: precision))
    var numbers = SeededNumbers(3)
    let values = numbers.tensor([2, 16, 10, 11])
    let parts = try network.forward(values, keeping: graph.nodes.map(\.id))
    network.trace = Trace()
    let whole = try #require(try network.forward(values)[graph.output])
    #expect(network.trace?.entries.contains { $0.kind == "pad" } == false, "the padding is a step yet")
    #expect(network.trace?.entries.contains { $0.kind == "max-pool" } == true)
    let expected = try #require(parts[graph.output]).values.map(Double.init)
    #expect(difference(whole.values, expected) < (precision == .float32 ? 1e-6 : 1e-2))
  }
}
