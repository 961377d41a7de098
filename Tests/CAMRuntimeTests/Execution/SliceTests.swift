import CAMRuntime
import Testing

@Suite("Large batches go through early layers in slices")
struct SliceTests {
  /// A net of large early values; 64 MB of them for 32 pictures.
  static func network(_ precision: Precision = .float32) throws -> (Network, Graph) {
    let graph = try NarrowValueTests.graph(channels: 32, size: 224, stem: 5)
    return (try Network(graph, options: ExecutionOptions(precision: precision)), graph)
  }

  static func pictures(_ count: Int) -> Tensor {
    var numbers = SeededNumbers(17)
    return numbers.tensor([count, 3, 224, 224])
  }

  /// How often a pass ran the steps that end at each node.
  static func runs(
    _ network: Network, _ input: Tensor, keeping: [NodeID] = []
  ) throws -> (Activations, [String: Int]) {
    let trace = Trace()
    network.trace = trace
    defer { network.trace = nil }
    let values = try network.forward(input, keeping: keeping)
    return (values, trace.entries.reduce(into: [:]) { $0[$1.name] = $1.runs })
  }

  @Test("values are those of pictures alone", arguments: [Precision.float32, .bfloat16], [32, 43])
  func values(_ precision: Precision, _ count: Int) throws {
    let (network, graph) = try Self.network(precision)
    let input = Self.pictures(count)
    let pool = try #require(graph.nodes.first { $0.name == "pool" }).id
    let (values, runs) = try Self.runs(network, input, keeping: [pool])
    #expect(runs.values.max() == (count + 7) / 8, "no step went in slices: \(runs)")
    #expect(runs["logits"] == 1)
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
    #expect(trace.entries.contains { $0.runs == 20 })
    for place in [0, 100, 159] {
      let each = 32 * 56 * 56
      let edit = Tensor([1, 32, 56, 56], values: Array(edits.values[place * each..<(place + 1) * each]))
      let alone = try #require(try network.tail(after: pool, edits: edit, base: base)[graph.logits])
      #expect(difference(Array(all[place * 10..<(place + 1) * 10]), alone.values.map(Double.init)) < 1e-5)
    }
  }

  @Test("a small batch goes through at once")
  func small() throws {
    let (network, _) = try Self.network()
    #expect(try Self.runs(network, Self.pictures(15)).1.values.allSatisfy { $0 == 1 })
  }
}
