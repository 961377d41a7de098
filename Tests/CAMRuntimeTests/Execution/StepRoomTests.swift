import CAMRuntime
import Testing

@Suite("Room for a step of a pass", .serialized)
struct StepRoomTests {
  /// What each step of a pass took of the pool, beside what room was asked for.
  private func steps(
    of graph: Graph, batch: Int, _ input: Tensor? = nil
  ) throws -> [(kind: String, asked: Int, taken: Int)] {
    let network = try Network(graph)
    let input = input ?? Tensor.filled(graph[graph.input].shape.withBatch(batch), with: 0.5)
    _ = try network.forward(input)  // Weights are laid out once.
    var steps: [(kind: String, asked: Int, taken: Int)] = []
    network.roomObserver = { steps.append(($0, $1, $2)) }
    _ = try network.forward(input)
    return steps
  }

  @Test("every operation takes no more than was asked for", arguments: OperationCases.all)
  func operations(_ sample: OperationCase) throws {
    let batch = max(2, (1 << 16) / max(sample.shape.count, 1))
    for step in try steps(of: sample.graph(), batch: batch, sample.input(batch: batch)) {
      #expect(step.taken <= step.asked, "\(step.kind): \(step.taken) bytes, asked for \(step.asked)")
    }
  }

  @Test(
    "a network's steps take no more than was asked for",
    arguments: ["resnet18", "efficientnet-lite0", "xception"])
  func networks(_ name: String) throws {
    let net = try #require(ArchitectureCatalog.architecture(named: name))
    let size = ImageSize(square: 96)
    let graph = try net.graph(NetworkSetting(classes: 10, size: size), parameters: RandomParameters(seed: 1))
    let steps = try steps(of: graph, batch: 2)
    #expect(steps.count > 20)
    // Nor is much more asked for: what would have fitted is not refused.
    let (asked, taken) = (steps.reduce(0) { $0 + $1.asked }, steps.reduce(0) { $0 + $1.taken })
    #expect(asked <= taken / 4 * 5, "\(asked) bytes asked for, \(taken) taken")
    for step in steps {
      #expect(step.taken <= step.asked, "\(step.kind): \(step.taken) bytes, asked for \(step.asked)")
    }
  }

  @Test("what is there is not asked for again: inputs where they lie, constants of one entry")
  func whatIsThere() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 16, 64, 64])
    let constant = try builder.add(Constant(.filled([1, 16, 64, 64], with: 1)))
    let sum = try builder.add(Add(), input, constant)
    let output = try builder.add(ReLU(), sum)
    let bytes = 8 * 16 * 64 * 64 * 4
    for step in try steps(of: builder.build(output: output), batch: 8) {
      #expect(step.taken <= step.asked)
      #expect(step.asked < 2 * bytes, "\(step.kind)")
    }
  }
}
