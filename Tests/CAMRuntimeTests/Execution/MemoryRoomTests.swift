import CAMRuntime
import Testing

@Suite("What does not fit in memory")
struct MemoryRoomTests {
  /// A picture enlarged `scale` times and made small again.
  private func graph(size: Int, scale: Float) throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, size, size])
    let large = try builder.add(
      Resize(.scales([1, 1, scale, scale]), mode: .nearest(.floor), coordinates: .asymmetric), [input],
      name: "large")
    let mean = try builder.add(GlobalAveragePool(), [large], name: "mean")
    return try builder.build(output: mean)
  }

  private func refused(_ error: any Error, _ what: String) -> Bool {
    guard let error = error as? GraphError, case .noRoom(let name, let bytes, let available) = error else {
      return false
    }
    return name.contains(what) && bytes > available
  }

  @Test("is refused when the network is made ready")
  func network() throws {
    let graph = try graph(size: 1024, scale: 900)  // 3.4 TB
    #expect { try Network(graph) } throws: { refused($0, "1x1x1024x1024") }
  }

  @Test("is refused for the batch that is too large, and smaller ones pass on")
  func batch() throws {
    let graph = try graph(size: 8, scale: 1024)  // 268 MB an entry
    let network = try Network(graph)
    let many = Tensor([20_000, 1, 8, 8]) { $0.update(repeating: 1) }
    // Where nobody asks for the large value, slices of one entry pass; wanted whole, it is too much.
    let large = try #require(graph.nodes.first { $0.name == "large" }).id
    #expect { try network.forward(many, keeping: [large]) } throws: { refused($0, "20000x1x8x8") }
    let one = try network.forward(Tensor([1, 1, 8, 8]) { $0.update(repeating: 3) })
    let mean = try #require(one[graph.output]).values
    #expect(mean.count == 1 && abs(mean[0] - 3) < 1e-3, "\(mean)")
  }

  @Test("is refused for gradients that are all wanted")
  func gradients() throws {
    var builder = GraphBuilder()
    let input = try builder.input(shape: [1, 1, 8, 8])
    let output = try builder.add(GlobalAveragePool(), input)
    // Beside what leads to the output: 300 values of 4 GB, which only a reverse pass would hold together.
    var last = try builder.add(
      Resize(
        .scales([1, 1, 4_096, 4_096]), mode: .nearest(.floor), coordinates: .asymmetric), input)
    var large = [last]
    for _ in 0..<300 {
      last = try builder.add(AveragePool(kernel: 1, stride: 1), last)
      large.append(last)
    }
    let end = try builder.add(GlobalAveragePool(), last)
    let graph = try builder.build(output: output)
    let network = try Network(graph)
    let values = try network.forward(.filled([1, 1, 8, 8], with: 1))
    #expect {
      try network.gradient(
        from: end, seed: .filled([1, 1, 1, 1], with: 1), withRespectTo: large, at: values)
    } throws: {
      refused($0, "the gradients of 1x1x8x8")
    }
    let small = try network.gradient(
      from: output, seed: .filled(graph[output].shape, with: 64), withRespectTo: [input], at: values)
    #expect(small[input]?.values == Array(repeating: 1, count: 64))
  }

  @Test(
    "shrinks batches to half of what is free, one entry at least",
    arguments: [(32, 1 << 20, 1 << 30, 32), (32, 1 << 20, 16 << 20, 8), (32, 1 << 20, 0, 1), (1, 0, 0, 1)])
  func batches(_ most: Int, _ bytes: Int, _ available: Int, _ expected: Int) {
    #expect(MemoryRoom.entries(most, bytes: bytes, available: available) == expected)
  }

  @Test("is refused for parameters that are drawn")
  func parameters() throws {
    let net = try #require(ArchitectureCatalog.architecture(named: "resnet9-cifar"))
    let setting = NetworkSetting(classes: 1 << 31, size: net.preprocessing.size)  // 1.1 TB
    #expect { try net.graph(setting, parameters: RandomParameters(seed: 1)) } throws: {
      refused($0, "'fc.weight'")
    }
  }

  @Test("is refused for a training")
  func training() throws {
    let net = try #require(ArchitectureCatalog.architecture(named: "resnet9-cifar"))
    let graph = try net.graph(
      NetworkSetting(classes: 10, size: net.preprocessing.size), parameters: RandomParameters(seed: 1))
    #expect { try TrainingNetwork(graph, batch: 2_000_000) } throws: { refused($0, "batches of 2000000") }
  }
}
