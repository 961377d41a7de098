import CAMRuntime
import Testing

@Suite("Graphs")
struct GraphTests {
  private func weights(_ shape: Shape) -> Tensor { .filled(shape, with: 0.5) }

  private func sample() throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 2, 4, 4])
    let a = try builder.add(Convolution(weight: weights([2, 2, 1, 1])), input, name: "a")
    let b = try builder.add(ReLU(), a, name: "b")
    let c = try builder.add(Add(), a, b, name: "c")
    let d = try builder.add(GlobalAveragePool(), c, name: "d")
    let e = try builder.add(Flatten(), d, name: "e")
    let f = try builder.add(Softmax(axis: 1), e, name: "f")
    try builder.alias("block", of: c)
    return try builder.build(output: f)
  }

  @Test("names and aliases find nodes, and appear in the network's order")
  func names() throws {
    let graph = try sample()
    #expect(graph.node(named: "block") == graph.node(named: "c"))
    #expect(graph.node(named: "nothing") == nil)
    #expect(graph.layers.map(\.name) == ["input", "a", "b", "c", "block", "d", "e", "f"])
  }

  @Test("scores are what stands before a closing softmax")
  func logits() throws {
    let graph = try sample()
    #expect(graph.logits == graph.node(named: "e"))
    #expect(graph.output == graph.node(named: "f"))
  }

  @Test("consumers, dependents and ancestors follow the edges")
  func edges() throws {
    let graph = try sample()
    let a = try #require(graph.node(named: "a")), c = try #require(graph.node(named: "c"))
    #expect(graph.consumers(of: a).map { graph[$0].name } == ["b", "c"])
    #expect(Set(graph.dependents(of: c).map { graph[$0].name }) == ["d", "e", "f"])
    #expect(Set(graph.ancestors(of: c).map { graph[$0].name }) == ["input", "a", "b"])
  }

  @Test("a wrong shape is told with the node, what was expected and what was found")
  func shapes() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 4, 4])
    let error = #expect(throws: GraphError.self) {
      try builder.add(Convolution(weight: weights([2, 2, 1, 1])), input, name: "conv")
    }
    #expect(
      "\(try #require(error))"
        == "node 'conv': convolution cannot take 1x3x4x4: weights of 2x2x1x1 in 1 groups do not fit 3 channels"
    )
  }

  @Test("sizes that overflow are refused")
  func overflow() throws {
    var builder = GraphBuilder()
    #expect(throws: GraphError.impossibleShape(node: "input", shape: [1, 1 << 40, 1 << 40])) {
      try builder.input(shape: [1, 1 << 40, 1 << 40])
    }
    #expect(Shape([1 << 40, 1 << 40]).checkedCount == nil)
    #expect(Shape([-1, 4]).checkedCount == nil)
    let input = try builder.input(shape: [1, 1, 2, 2], name: "small")
    #expect(throws: GraphError.self) {
      try builder.add(Pad(Padding(top: Int.max, left: 0, bottom: 0, right: 0)), input)
    }
    #expect(throws: GraphError.self) {
      try builder.add(
        MaxPool(kernel: 2, padding: Padding(top: Int.min + 1, left: 0, bottom: 0, right: 0)), input)
    }
  }

  @Test("two nodes of one name and nodes from elsewhere are refused")
  func mistakes() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 2])
    #expect(throws: GraphError.duplicateName("input")) { try builder.add(ReLU(), input, name: "input") }
    #expect(throws: GraphError.unknownNode(9)) { try builder.add(ReLU(), NodeID(index: 9)) }
    #expect(throws: GraphError.unknownNode(0)) { try GraphBuilder().build(output: NodeID(index: 0)) }
  }

  @Test("a closing softmax is undone only where all scores of a picture compete in it")
  func scoresBeforeSoftmax() throws {
    func isUndone(_ shape: Shape, _ operation: any Operation) throws -> Bool {
      var builder = GraphBuilder()
      let input = try builder.input(shape: shape)
      let end = try builder.add(operation, input, name: "end")
      let output = try builder.add(Flatten(), end)
      return try builder.build(output: output).logits == input
    }
    #expect(try isUndone([1, 6], Softmax()))
    #expect(try isUndone([1, 6, 1, 1], Softmax(axis: 1)))
    #expect(try isUndone([1, 3, 2], Sigmoid()))
    #expect(try !isUndone([1, 3, 2], Softmax()))
    #expect(try !isUndone([1, 3, 2], LogSoftmax(axis: 1)))
    #expect(try !isUndone([1, 6, 1, 1], Softmax(axis: 3)))
    #expect(try !isUndone([1, 6], Softmax(axis: 0)))
  }

  @Test("a pass stops at an interrupt, and the next one runs")
  func interrupted() throws {
    let graph = try sample()
    let input = Tensor.filled([64, 2, 4, 4], with: 1)
    let options = ExecutionOptions()
    let network = try Network(graph, options: options)
    options.interrupt.raise()
    #expect(throws: Interrupted.self) { try network.forward(input) }
    options.interrupt.clear()
    _ = try network.forward(input)
  }
}
