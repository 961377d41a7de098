import CAMRuntime
import Testing

/// Convolutions write over the residuals that they add; what is read later must survive that.
@Suite("Results over residuals", .serialized)
struct OverwritingTests {
  enum Reader: CaseIterable {
    /// Nobody reads a residual after its sum.
    case nobody
    /// A later sum reads the first residual again.
    case laterSum
    /// A view of the first residual is read later.
    case view
    /// The first residual is the input of the convolution that adds it.
    case itself
  }

  /// A stem and two residual blocks, the second of them separable, with another reader of the first residual.
  static func graph(_ reader: Reader) throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 3, 22, 20])
    func convolve(_ x: NodeID, _ inputs: Int, _ kernel: Int, _ name: String) throws -> NodeID {
      let weight = FusionTests.weights([32, inputs, kernel, kernel], UInt64(name.count))
      let y = try builder.add(Convolution(weight: weight, padding: kernel == 3 ? 1 : 0), x, name: name)
      return try builder.add(ReLU6(), y, name: "\(name).relu")
    }
    let stem = try convolve(input, 3, 3, "stem")
    let view = reader == .view ? try builder.add(Identity(), stem, name: "view") : stem
    let inner = try reader == .itself ? stem : convolve(stem, 32, 1, "inner")
    var x = try builder.add(
      Convolution(weight: FusionTests.weights([32, 32, 3, 3], 21), padding: 1), inner, name: "last")
    x = try builder.add(Add(), x, stem, name: "sum")
    let block = try builder.add(ReLU(), x, name: "block")
    x = try builder.add(
      Convolution(weight: FusionTests.weights([32, 1, 3, 3], 22), padding: 1, groups: 32), block,
      name: "filter")
    x = try builder.add(Convolution(weight: FusionTests.weights([32, 32, 1, 1], 23)), x, name: "project")
    x = try builder.add(Add(), x, block, name: "second")
    if reader == .laterSum {
      x = try builder.add(
        Convolution(weight: FusionTests.weights([32, 32, 1, 1], 24)), x, name: "third.convolution")
      x = try builder.add(Add(), x, stem, name: "third")
    }
    x = try builder.add(GlobalAveragePool(), x)
    x = try builder.add(Flatten(), x)
    if reader == .view {
      let mean = try builder.add(ReduceMean(axes: [2, 3], keepsDimensions: false), view, name: "view.mean")
      x = try builder.add(Add(), x, mean, name: "both")
    }
    x = try builder.add(Linear(weight: FusionTests.weights([5, 32], 25)), x, name: "logits")
    return try builder.build(output: x)
  }

  @Test(
    "scores are those of steps that keep all values, for one picture and for many", arguments: Reader.allCases
  )
  func values(_ reader: Reader) throws {
    let graph = try Self.graph(reader), network = try Network(graph)
    for batch in [1, 3, 40] {
      var numbers = SeededNumbers(UInt64(batch))
      let input = numbers.tensor([batch, 3, 22, 20])
      let all = try network.forward(input, keeping: graph.nodes.map(\.id))
      let expected = try #require(all[graph.output]).values.map(Double.init)
      let found = try #require(try network.forward(input)[graph.output])
      #expect(difference(found.values, expected) < 1e-6, "\(batch)")
      for name in ["stem.relu", "block"] {
        let id = try #require(graph.node(named: name))
        let kept = try network.forward(input, keeping: [id])
        #expect(difference(try #require(kept[graph.output]).values, expected) < 1e-6, "\(name), \(batch)")
        let value = try #require(all[id]).values.map(Double.init)
        #expect(difference(try #require(kept[id]).values, value) < 1e-6, "\(name), \(batch)")
      }
    }
  }

  @Test("a pass that begins with kept values leaves them as they were", arguments: Reader.allCases)
  func sources(_ reader: Reader) throws {
    let graph = try Self.graph(reader), network = try Network(graph)
    var numbers = SeededNumbers(9)
    let stem = try #require(graph.node(named: "stem.relu")), block = try #require(graph.node(named: "block"))
    let base = try network.forward(numbers.tensor([1, 3, 22, 20]), keeping: [stem, block])
    let before = try #require(base[stem]).values, edits = numbers.tensor([1, 32, 22, 20])
    let wanted = [Float](edits.values)
    let first = try #require(try network.tail(after: block, edits: edits, base: base)[graph.output]).values
    let second = try #require(try network.tail(after: block, edits: edits, base: base)[graph.output]).values
    #expect(first == second)
    #expect(try #require(base[stem]).values == before)
    let again = try network.tail(after: stem, edits: edits, base: base)
    #expect(try #require(again[graph.output]).values.allSatisfy(\.isFinite))
    #expect(edits.values == wanted)
  }
}
