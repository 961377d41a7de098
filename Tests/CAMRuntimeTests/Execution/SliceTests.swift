import CAMRuntime
import Testing

@Suite("Batches go through layers of large values in slices")
struct SliceTests {
  /// A net of large early values, 550,000 elements of a picture at the first step.
  static func network(_ precision: Precision = .float32) throws -> (Network, Graph) {
    let graph = try NarrowValueTests.graph(channels: 32, size: 224, stem: 5)
    return (try Network(graph, options: ExecutionOptions(precision: precision)), graph)
  }

  static func pictures(_ count: Int) -> Tensor {
    var numbers = SeededNumbers(17)
    return numbers.tensor([count, 3, 224, 224])
  }

  /// How often a pass ran the steps that end at each node, in their order.
  static func runs(
    _ network: Network, _ input: Tensor, keeping: [NodeID] = []
  ) throws -> (Activations, [(name: String, runs: Int)]) {
    let trace = Trace()
    network.trace = trace
    defer { network.trace = nil }
    let values = try network.forward(input, keeping: keeping)
    return (values, trace.entries.map { ($0.name, $0.runs) })
  }

  @Test("values are those of pictures alone", arguments: [Precision.float32, .bfloat16], [32, 43])
  func values(_ precision: Precision, _ count: Int) throws {
    let (network, graph) = try Self.network(precision)
    let input = Self.pictures(count)
    let pool = try #require(graph.nodes.first { $0.name == "pool" }).id
    let (values, runs) = try Self.runs(network, input, keeping: [pool])
    #expect(runs.first?.runs == count, "the stem saw several pictures at a time: \(runs)")
    #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.runs >= $1.runs }, "slices shrink: \(runs)")
    #expect(Set(runs.map(\.runs)).count >= 3, "slices of one size: \(runs)")
    #expect(runs.last?.name == "logits" && runs.last?.runs == 1)
    let scores = try #require(values[graph.logits]).values, pooled = try #require(values[pool])
    #expect(pooled.shape == [count, 32, 56, 56])
    let tolerance = network.device.precision == .float32 ? 1e-5 : 2e-2
    for place in [0, 7, 8, 21, count - 1] {
      let size = 3 * 224 * 224
      let picture = Tensor([1, 3, 224, 224], values: Array(input.values[place * size..<(place + 1) * size]))
      let alone = try network.forward(picture, keeping: [pool])
      let expected = try #require(alone[graph.logits]).values.map(Double.init)
      #expect(difference(Array(scores[place * 10..<(place + 1) * 10]), expected) < tolerance)
      let each = 32 * 56 * 56
      let own = Array(pooled.values[place * each..<(place + 1) * each])
      #expect(difference(own, try #require(alone[pool]).values.map(Double.init)) < tolerance)
    }
  }

  @Test("edits of an early layer are sliced beside the one pass that they stand on")
  func edits() throws {
    let (network, graph) = try Self.network()
    let pool = try #require(graph.nodes.first { $0.name == "pool" }).id
    let base = try network.forward(Self.pictures(1), keeping: [pool])
    var numbers = SeededNumbers(18)
    let edits = numbers.tensor([160, 32, 56, 56], 0, 1)
    let trace = Trace()
    network.trace = trace
    let all = try #require(try network.tail(after: pool, edits: edits, base: base)[graph.logits]).values
    #expect(trace.entries.contains { $0.runs >= 20 })
    #expect(trace.entries.last?.runs == 1)
    for place in [0, 100, 159] {
      let each = 32 * 56 * 56
      let edit = Tensor([1, 32, 56, 56], values: Array(edits.values[place * each..<(place + 1) * each]))
      let alone = try #require(try network.tail(after: pool, edits: edit, base: base)[graph.logits])
      #expect(difference(Array(all[place * 10..<(place + 1) * 10]), alone.values.map(Double.init)) < 1e-5)
    }
  }

  @Test("values that fit the caches go through at once")
  func small() throws {
    let graph = try NarrowValueTests.graph(channels: 32, size: 32, stem: 5)
    var numbers = SeededNumbers(19)
    let input = numbers.tensor([16, 3, 32, 32])
    #expect(try Self.runs(Network(graph), input).1.allSatisfy { $0.runs == 1 })
    let (network, _) = try Self.network()
    #expect(try Self.runs(network, Self.pictures(1)).1.allSatisfy { $0.runs == 1 })
    #expect(try Self.runs(network, Self.pictures(2)).1.first?.runs == 2)
  }

  @Test("a pass that keeps everything joins nothing: it goes through at once")
  func keepsAll() throws {
    let (network, graph) = try Self.network()
    let all = graph.nodes.map(\.id)
    #expect(try Self.runs(network, Self.pictures(4), keeping: all).1.allSatisfy { $0.runs == 1 })
  }

  @Test("an early value that is read near the end keeps all steps up to there in small slices")
  func bridged() throws {
    var builder = GraphBuilder(), numbers = SeededNumbers(20)
    let input = try builder.input(shape: [1, 4, 128, 128])
    func convolved(_ x: NodeID, _ inputs: Int, _ name: String) throws -> NodeID {
      let weight = numbers.tensor([32, inputs, 3, 3], -0.1, 0.1)
      return try builder.add(Convolution(weight: weight, padding: 1), x, name: name)
    }
    let wide = try convolved(input, 4, "wide")
    let low = try convolved(try builder.add(MaxPool(kernel: 4, stride: 4), wide), 32, "low")
    let back = try builder.add(
      Resize(.scales([1, 1, 4, 4]), mode: .nearest(.floor), coordinates: .asymmetric), [low], name: "back")
    let joined = try builder.add(Multiply(), wide, back, name: "joined")
    let flat = try builder.add(Flatten(), try builder.add(GlobalAveragePool(), joined, name: "mean"))
    let scores = numbers.tensor([5, 32], -1, 1)
    let logits = try builder.add(Linear(weight: scores), flat, name: "logits")
    let network = try Network(builder.build(output: logits))
    let pictures = numbers.tensor([9, 4, 128, 128])
    let (values, runs) = try Self.runs(network, pictures)
    #expect(runs.prefix { $0.name != "mean" }.allSatisfy { $0.runs == 9 }, "\(runs)")
    let found = try #require(values[network.graph.logits]).values
    for place in 0..<9 {
      let alone = try network.forward(pictures.entries(place..<place + 1))
      let expected = try #require(alone[network.graph.logits]).values.map(Double.init)
      #expect(difference(Array(found[place * 5..<(place + 1) * 5]), expected) < 1e-5)
    }
  }
}
