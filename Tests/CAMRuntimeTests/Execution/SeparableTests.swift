import CAMRuntime
import CVector
import Testing

@Suite("Separable blocks in one step", .serialized)
struct SeparableTests {
  /// A block as mobile networks have it.
  struct Block: Sendable, CustomTestStringConvertible {
    let inputs: Int, wide: Int, outputs: Int, height: Int, width: Int, window: Int, stride: Int
    var batch = 1
    var expands = true
    /// Whether the input of a block that does not expand is cut to a range first.
    var cuts = false
    /// Padding above and to the left, half the window's where nil; the rest lies below and to the right.
    var before: Int?

    var testDescription: String {
      "\(batch)x\(inputs)>\(wide)>\(outputs) of \(height)x\(width), \(window)/\(stride)"
        + (expands ? "" : ", no expansion") + (cuts ? ", cut" : "") + (before.map { ", from \($0)" } ?? "")
    }

    func graph() throws -> Graph {
      var builder = GraphBuilder()
      let input = try builder.input(shape: [1, inputs, height, width])
      var x = input
      if expands {
        x = try builder.add(
          Convolution(weight: FusionTests.weights([wide, inputs, 1, 1], 1)), x, name: "expand")
        x = try builder.add(FusionTests.norm(wide, 2), x, name: "expand.norm")
        x = try builder.add(ReLU6(), x, name: "expand.relu")
      }
      if cuts { x = try builder.add(ReLU6(), x, name: "cut") }
      let half = window / 2, first = before ?? half, last = before.map { window - stride - $0 } ?? half
      let padding = Padding(top: first, left: first, bottom: last, right: last)
      x = try builder.add(
        Convolution(
          weight: FusionTests.weights([wide, 1, window, window], 3), bias: FusionTests.weights([wide], 4),
          stride: Extent(stride, stride), padding: padding, groups: wide), x, name: "filter")
      x = try builder.add(FusionTests.norm(wide, 5), x, name: "filter.norm")
      x = try builder.add(ReLU6(), x, name: "filter.relu")
      x = try builder.add(
        Convolution(
          weight: FusionTests.weights([outputs, wide, 1, 1], 6), bias: FusionTests.weights([outputs], 7)), x,
        name: "project")
      if stride == 1, inputs == outputs { x = try builder.add(Add(), x, input, name: "sum") }
      x = try builder.add(GlobalAveragePool(), x)
      x = try builder.add(Flatten(), x, name: "scores")
      return try builder.build(output: x)
    }

    func input() -> Tensor {
      var numbers = SeededNumbers(UInt64(inputs * height + wide))
      return numbers.tensor([batch, inputs, height, width])
    }
  }

  static let blocks = [
    Block(inputs: 16, wide: 96, outputs: 24, height: 40, width: 41, window: 3, stride: 2, before: 0),
    Block(inputs: 24, wide: 144, outputs: 24, height: 30, width: 28, window: 3, stride: 1),
    Block(inputs: 24, wide: 144, outputs: 40, height: 29, width: 57, window: 5, stride: 2, batch: 3),
    Block(inputs: 24, wide: 72, outputs: 40, height: 28, width: 30, window: 5, stride: 2, before: 1),
    Block(inputs: 16, wide: 48, outputs: 16, height: 11, width: 12, window: 5, stride: 1, before: 3),
    Block(inputs: 16, wide: 48, outputs: 24, height: 10, width: 9, window: 3, stride: 1, before: 2),
    Block(inputs: 40, wide: 240, outputs: 40, height: 14, width: 14, window: 5, stride: 1),
    Block(inputs: 40, wide: 72, outputs: 40, height: 7, width: 5, window: 5, stride: 1),
    Block(inputs: 13, wide: 50, outputs: 21, height: 21, width: 23, window: 3, stride: 2, batch: 2),
    Block(inputs: 40, wide: 40, outputs: 70, height: 19, width: 19, window: 3, stride: 1, expands: false),
    Block(
      inputs: 72, wide: 72, outputs: 33, height: 45, width: 43, window: 3, stride: 1, batch: 2, expands: false
    ),
    Block(inputs: 32, wide: 32, outputs: 32, height: 1, width: 3, window: 3, stride: 1),
    Block(
      inputs: 48, wide: 48, outputs: 70, height: 37, width: 23, window: 3, stride: 1,
      expands: false, cuts: true),
    Block(
      inputs: 64, wide: 64, outputs: 64, height: 33, width: 40, window: 3, stride: 1, batch: 2,
      expands: false, before: 0),
    Block(
      inputs: 32, wide: 32, outputs: 16, height: 90, width: 6, window: 3, stride: 1, batch: 3, expands: false,
      cuts: true, before: 2),
    Block(inputs: 256, wide: 256, outputs: 272, height: 25, width: 19, window: 3, stride: 1, expands: false),
    Block(
      inputs: 512, wide: 512, outputs: 48, height: 20, width: 21, window: 3, stride: 1,
      expands: false, cuts: true),
  ]

  /// All values, each step by itself, and the scores of the whole.
  static func strayed(of block: Block, _ options: ExecutionOptions = ExecutionOptions()) throws -> Double {
    let graph = try block.graph(), network = try Network(graph, options: options)
    let parts = try network.forward(block.input(), keeping: graph.nodes.map(\.id))
    let trace = Trace()
    network.trace = trace
    let whole = try network.forward(block.input())
    #expect(trace.entries.contains { $0.kind == "separable-block" }, "nothing was joined")
    let expected = try #require(parts[graph.output]).values.map(Double.init)
    return difference(try #require(whole[graph.output]).values, expected)
  }

  @Test("the value is that of the steps alone", arguments: blocks)
  func value(_ block: Block) throws {
    #expect(try Self.strayed(of: block) < 2e-6)
  }

  @Test("it is so with every set of instructions", arguments: [0, 1])
  func instructions(_ level: Int32) throws {
    cv_limit_instructions(level)
    defer { cv_limit_instructions(2) }
    for block in Self.blocks { #expect(try Self.strayed(of: block) < 2e-6, "\(block.testDescription)") }
  }

  @Test("it is so on one thread and on three", arguments: [1, 3])
  func threads(_ threads: Int) throws {
    for block in Self.blocks {
      let found = try Self.strayed(of: block, ExecutionOptions(threads: threads))
      #expect(found < 2e-6, "\(block.testDescription)")
    }
  }

  /// The largest difference of the pictures behind a block in 16 bits and in 32, over the largest value.
  static func rounding(_ block: Block) throws -> Double {
    let graph = try block.graph(),
      last = try #require(graph.node(named: "sum") ?? graph.node(named: "project"))
    let exact = try #require(try Network(graph).forward(block.input(), keeping: [last])[last])
    let network = try Network(graph, options: ExecutionOptions(precision: .bfloat16)), trace = Trace()
    network.trace = trace
    let found = try #require(try network.forward(block.input(), keeping: [last])[last])
    #expect(trace.entries.contains { $0.kind == "separable-block" }, "nothing was joined")
    return difference(found.values, exact.values.map(Double.init))
  }

  @Test("16-bit products stay near those of 32 bits, at each pixel", arguments: blocks)
  func halves(_ block: Block) throws { #expect(try Self.rounding(block) < 2e-2) }

  @Test("so do AMX's", .enabled(if: cv_has_bf16() != 0, "no products of 16 bits here"))
  func tiles() throws {
    try #require(cv_model_amx(1) != 0, "the model is part of debug builds")
    defer { _ = cv_model_amx(0) }
    for block in Self.blocks {
      let before = cv_model_products()
      #expect(try Self.rounding(block) < 2e-2, "\(block.testDescription)")
      #expect(cv_model_products() > before, "the tiles were not used")
    }
  }

  @Test("a layer inside the block is given when it is asked for")
  func inside() throws {
    let block = Self.blocks[1], graph = try block.graph(), network = try Network(graph)
    let all = try network.forward(block.input(), keeping: graph.nodes.map(\.id))
    for name in ["expand.relu", "filter", "filter.relu", "project", "sum"] {
      let id = try #require(graph.node(named: name))
      let alone = try #require(try network.forward(block.input(), keeping: [id])[id])
      let expected = try #require(all[id]).values.map(Double.init)
      #expect(difference(alone.values, expected) < 2e-6, "\(name)")
    }
  }

  @Test("a 1x1 between two depthwise convolutions belongs to the first")
  func sequence() throws {
    var builder = GraphBuilder()
    var x = try builder.input(shape: [1, 24, 12, 12])
    for layer in 0..<3 {
      let seed = UInt64(layer * 2)
      x = try builder.add(
        Convolution(weight: FusionTests.weights([24, 1, 3, 3], seed), padding: 1, groups: 24), x)
      x = try builder.add(Convolution(weight: FusionTests.weights([24, 24, 1, 1], seed + 1)), x)
      x = try builder.add(ReLU(), x, name: "relu.\(layer)")
    }
    let graph = try builder.build(output: x), network = try Network(graph)
    var numbers = SeededNumbers(6)
    let input = numbers.tensor([1, 24, 12, 12])
    let all = try network.forward(input, keeping: graph.nodes.map(\.id))
    let trace = Trace()
    network.trace = trace
    let whole = try #require(try network.forward(input)[graph.output])
    #expect(trace.entries.map(\.kind) == Array(repeating: "separable-block", count: 3))
    let expected = try #require(all[graph.output]).values.map(Double.init)
    #expect(difference(whole.values, expected) < 2e-6)
  }

  @Test("two cuts of one convolution do not share a range")
  func ranges() throws {
    // The same tensors, once with and once without the last cut.
    let weight = FusionTests.weights([32, 1, 3, 3], 8), last = FusionTests.weights([32, 32, 1, 1], 9)
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 32, 9, 9])
    func filtered(_ name: String) throws -> NodeID {
      let x = try builder.add(Convolution(weight: weight, padding: 1, groups: 32), input, name: name)
      return try builder.add(Convolution(weight: last), x, name: "\(name).last")
    }
    let open = try filtered("a")
    let cut = try builder.add(ReLU(), try filtered("b"), name: "cut")
    let output = try builder.add(Concat(axis: 1), open, cut, name: "both")
    let graph = try builder.build(output: output)
    var numbers = SeededNumbers(5)
    let values = try #require(
      try Network(graph).forward(numbers.tensor([1, 32, 9, 9]))[graph.output]
    ).values
    let half = values.count / 2
    #expect(values[..<half].contains { $0 < 0 })
    #expect(!values[half...].contains { $0 < 0 })
    #expect(zip(values[..<half], values[half...]).allSatisfy { max($0, 0) == $1 })
  }
}
