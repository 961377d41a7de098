import CAMRuntime
import CVector
import Testing

@Suite("Values of 16 bits between steps", .serialized)
struct NarrowValueTests {
  /// A stem with a pool, two residual blocks (one strided), a chain of Winograd's form, a rectified separable block.
  static func graph(channels c: Int, size: Int, stem: Int) throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, size, size])
    var seed: UInt64 = 100
    func weight(_ shape: Shape) -> Tensor {
      seed += 1
      let inner = shape.dimensions.dropFirst().reduce(1, *)
      var numbers = SeededNumbers(seed)
      let most = (3 / Float(inner)).squareRoot()
      return numbers.tensor(shape, -most, most)
    }
    func convolved(
      _ x: NodeID, _ outputs: Int, _ inputs: Int, _ window: Int, stride: Int = 1, _ name: String
    ) throws -> NodeID {
      try builder.add(
        Convolution(
          weight: weight([outputs, inputs, window, window]), bias: weight([outputs]),
          stride: Extent(stride, stride),
          padding: Padding(top: window / 2, left: window / 2, bottom: window / 2, right: window / 2)), x,
        name: name)
    }
    var x = try convolved(input, c, 3, stem, stride: 2, "stem")
    x = try builder.add(ReLU(), x, name: "stem.relu")
    x = try builder.add(MaxPool(kernel: 3, stride: 2, padding: 1), x, name: "pool")
    for (block, stride) in [(1, 1), (2, 2)] {
      var y = try convolved(x, c, c, 1, "\(block).a")
      y = try builder.add(ReLU(), y, name: "\(block).a.relu")
      y = try convolved(y, c, c, 3, stride: stride, "\(block).b")
      y = try builder.add(ReLU(), y, name: "\(block).b.relu")
      y = try convolved(y, c, c, 1, "\(block).c")
      let skip = stride == 1 ? x : try convolved(x, c, c, 1, stride: stride, "\(block).skip")
      y = try builder.add(Add(), y, skip, name: "\(block).sum")
      x = try builder.add(ReLU(), y, name: "\(block)")
    }
    let base = x
    x = try convolved(x, c, c, 3, "tail")
    for layer in 0..<2 {
      x = try builder.add(ReLU(), x, name: "separable.\(layer).relu")
      x = try builder.add(
        Convolution(weight: weight([c, 1, 3, 3]), padding: 1, groups: c), x, name: "separable.\(layer).filter"
      )
      x = try convolved(x, c, c, 1, "separable.\(layer)")
    }
    x = try builder.add(Add(), x, base, name: "last")
    x = try builder.add(GlobalAveragePool(), x)
    x = try builder.add(Flatten(), x)
    x = try builder.add(Linear(weight: weight([10, c]), bias: weight([10])), x, name: "logits")
    return try builder.build(output: x)
  }

  static let cases = [(32, 65, 7), (48, 64, 3), (70, 50, 5), (24, 33, 7)]

  @Test("scores stay near those of 32 bits", arguments: cases)
  func scores(_ channels: Int, _ size: Int, _ stem: Int) throws {
    let graph = try Self.graph(channels: channels, size: size, stem: stem)
    var numbers = SeededNumbers(5)
    let input = numbers.tensor([3, 3, size, size])
    let exact = try #require(try Network(graph).forward(input)[graph.logits])
    let network = try Network(graph, options: ExecutionOptions(precision: .bfloat16))
    let found = try #require(try network.forward(input)[graph.logits])
    #expect(difference(found.values, exact.values.map(Double.init)) < 2e-2)
    // Every layer that is asked for comes in 32 bits, near the exact one, and the others' values do not suffer.
    let all = try Network(graph).forward(input, keeping: graph.nodes.map(\.id))
    for node in graph.nodes {
      let alone = try #require(try network.forward(input, keeping: [node.id])[node.id])
      let expected = try #require(all[node.id])
      #expect(alone.shape == expected.shape)
      #expect(difference(alone.values, expected.values.map(Double.init)) < 2e-2, "\(node.name)")
    }
  }

  @Test("the gradient at every layer stays near that of 32 bits", arguments: cases)
  func gradients(_ channels: Int, _ size: Int, _ stem: Int) throws {
    let graph = try Self.graph(channels: channels, size: size, stem: stem)
    var numbers = SeededNumbers(6)
    let input = numbers.tensor([1, 3, size, size])
    let seed = Tensor([1, 10]) { $0[3] = 1 }
    func gradient(_ precision: Precision, at name: String) throws -> Tensor {
      let network = try Network(graph, options: ExecutionOptions(precision: precision))
      let id = try #require(graph.node(named: name))
      let pass = try network.forward(input)
      return try #require(
        try network.gradient(from: graph.logits, seed: seed, withRespectTo: [id], at: pass)[id])
    }
    for name in ["2", "last"] {
      let exact = try gradient(.float32, at: name), found = try gradient(.bfloat16, at: name)
      #expect(difference(found.values, exact.values.map(Double.init)) < 5e-2, "\(name)")
    }
  }

  @Test("a maximum of rounded values is the rounded maximum, whatever is not a number included")
  func pools() throws {
    var numbers = SeededNumbers(7)
    var values = numbers.tensor([1, 9, 8, 40]).values
    for place in stride(from: 0, to: values.count, by: 97) { values[place] = .nan }
    values[5] = -.infinity
    values[7] = .infinity
    let size = values.count, out = 9 / 2 * (8 / 2) * 40
    var window = cv_window()
    (window.n, window.h, window.w, window.c, window.oh, window.ow) = (1, 9, 8, 40, 4, 4)
    (window.kh, window.kw, window.sh, window.sw, window.dh, window.dw) = (3, 2, 2, 2, 1, 1)
    var halves = [Float](repeating: 0, count: size / 2), rounded = [Float](repeating: 0, count: size)
    cv_to_bf16(values, &halves, size)
    cv_from_bf16(halves, &rounded, size)
    #expect(
      zip(rounded, values).allSatisfy {
        $0.isNaN == $1.isNaN && ($1.isNaN || $0 == $1 || abs($0 - $1) <= abs($1) / 256)
      })
    var expected = [Float](repeating: 0, count: out), narrow = [Float](repeating: 0, count: out / 2)
    var found = [Float](repeating: 0, count: out)
    cv_max_pool(&window, rounded, &expected, 0)
    cv_max_pool(&window, halves, &narrow, 1)
    cv_from_bf16(narrow, &found, out)
    #expect(zip(found, expected).allSatisfy { $0.isNaN ? $1.isNaN : $0 == $1 })
    #expect(expected.contains(where: \.isNaN) && expected.contains { !$0.isNaN })
  }

  @Test(
    "a rectifier before a depthwise convolution is part of the step, and does not leak into other readers")
  func rectified() throws {
    let graph = try Self.graph(channels: 48, size: 64, stem: 3)
    let network = try Network(graph), trace = Trace()
    network.trace = trace
    var numbers = SeededNumbers(8)
    let input = numbers.tensor([1, 3, 64, 64])
    let whole = try #require(try network.forward(input)[graph.logits])
    #expect(!trace.entries.contains { $0.kind == "relu" })
    #expect(trace.entries.filter { $0.kind == "separable-block" }.count == 2)
    let parts = try network.forward(input, keeping: graph.nodes.map(\.id))
    #expect(difference(whole.values, try #require(parts[graph.logits]).values.map(Double.init)) < 1e-5)
    let tail = try #require(graph.node(named: "tail")),
      relu = try #require(graph.node(named: "separable.0.relu"))
    let before = try #require(parts[tail]).values, after = try #require(parts[relu]).values
    #expect(before.contains { $0 < 0 } && zip(before, after).allSatisfy { max($0, 0) == $1 })
  }
}
