import CAMRuntime
import Testing

@Suite("built-in networks")
struct ArchitectureTests {
  /// Parameters without running statistics, as torch and Keras count what is trained.
  @Test(
    "have as many parameters as their origins state",
    arguments: [
      ("vgg16", 138_357_544), ("resnet18", 11_689_512), ("resnet50", 25_557_032), ("xception", 22_855_952),
      ("xception-timm", 22_855_952), ("vgg16-keras", 138_357_544), ("resnet50-keras", 25_583_592),
      ("cifar100-conv7", 3_887_780), ("cifar10-conv5", 482_730), ("efficientnet-lite0", 4_652_008),
      ("inception-v3", 23_834_568),
    ])
  func parameterCount(_ name: String, _ count: Int) throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: name))
    let trained = try architecture.requests().filter { !$0.name.hasPrefix("running") }
    #expect(trained.reduce(0) { $0 + $1.shape.count } == count)
  }

  @Test(
    "explain the layer that their field looks at",
    arguments: [
      ("vgg16", [1, 512, 7, 7]), ("resnet18", [1, 512, 7, 7]), ("resnet50", [1, 2048, 7, 7]),
      ("inception-v3", [1, 2048, 8, 8]), ("xception", [1, 2048, 10, 10]),
      ("xception-timm", [1, 2048, 10, 10]),
      ("vgg16-keras", [1, 512, 14, 14]), ("resnet50-keras", [1, 2048, 7, 7]),
      ("efficientnet-lite0", [1, 1280, 7, 7]), ("cifar100-conv7", [1, 256, 4, 4]),
      ("cifar10-conv5", [1, 32, 7, 7]), ("resnet9-cifar", [1, 128, 8, 8]),
    ])
  func defaultLayer(_ name: String, _ shape: [Int]) throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: name))
    let graph = try architecture.graph(parameters: UnreadParameters())
    let id = try #require(graph.node(named: architecture.defaultLayer))
    #expect(graph[id].shape == Shape(shape))
    #expect(graph[graph.logits].shape == [1, architecture.classes])
  }

  @Test("have names of their own", arguments: ArchitectureCatalog.all.map(\.name))
  func names(_ name: String) throws {
    let all = ArchitectureCatalog.all.flatMap { [$0.name] + $0.synonyms }
    #expect(all.count { $0 == name } == 1)
    let architecture = try #require(ArchitectureCatalog.architecture(named: name.uppercased()))
    let requests = try architecture.requests()
    #expect(Set(requests.map(\.key)).count == requests.count)
  }

  @Test("take another number of classes and keep the body")
  func classes() throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: "resnet9-cifar"))
    let five = NetworkSetting(classes: 5, size: ImageSize(square: 32))
    let small = try architecture.graph(five, parameters: RandomParameters(seed: 3))
    let official = try architecture.graph(parameters: RandomParameters(seed: 3))
    #expect(small[small.logits].shape == [1, 5])
    let stem = try #require(small.node(named: "stem.conv")),
      same = try #require(official.node(named: "stem.conv"))
    #expect(
      small[stem].operation.parameters[0].tensor.values
        == official[same].operation.parameters[0].tensor.values)
  }

  @Test("are drawn no further once somebody interrupts")
  func interrupted() throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: "cifar100-conv7"))
    let request = try #require(try architecture.requests().first { $0.shape == [256, 256, 3, 3] })
    let flag = InterruptFlag()
    let source = RandomParameters(seed: 1, interrupt: flag)
    #expect(try source.tensor(for: request).values == RandomParameters(seed: 1).tensor(for: request).values)
    flag.raise()
    let rest = try source.tensor(for: request)
    #expect(rest.shape == request.shape && rest.values.allSatisfy { $0 == 0 })
  }

  @Test("start with the variance that He et al. ask for, the same for the same seed only")
  func randomStart() throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: "cifar100-conv7"))
    let request = try #require(try architecture.requests().first { $0.shape == [256, 256, 3, 3] })
    let values = try RandomParameters(seed: 1).tensor(for: request).values
    #expect(try values == RandomParameters(seed: 1).tensor(for: request).values)
    #expect(try values != RandomParameters(seed: 2).tensor(for: request).values)
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + Double($1) } / count
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    // 589,824 draws of variance 2 / 2304: the standard error of the variance is 0.2 %, of the mean 4e-5.
    #expect(abs(mean) < 1.6e-4)
    #expect(abs(variance * 1152 - 1) < 0.008)
  }

  @Test(
    "say the names of modules as aliases",
    arguments: [
      ("resnet50", "layer3", "layer3.5.relu"), ("vgg16", "features", "features.30"),
      ("inception-v3", "Mixed_6e.branch1x1", "Mixed_6e.branch1x1.relu"),
      ("resnet18", "layer4.1", "layer4.1.relu"),
      ("xception-timm", "block12.rep", "block12.rep.6"),
      ("efficientnet-lite0", "_blocks.2", "_blocks.2._add"),
    ])
  func aliases(_ name: String, _ alias: String, _ node: String) throws {
    let architecture = try #require(ArchitectureCatalog.architecture(named: name))
    let graph = try architecture.graph(parameters: UnreadParameters())
    let found = try #require(graph.node(named: alias))
    #expect(found == graph.node(named: node))
  }
}
