import CAMRuntime
import ModelIO
import TestSupport
import Testing

@Suite("weight files and built-in networks")
struct WeightMatchingTests {
  /// The tensors of a network as a file would have them, changed by `edit`.
  private func file(
    of name: String, edit: (String, [Int]) -> (String, [Int])? = { ($0, $1) }
  ) throws -> String {
    let architecture = try #require(ArchitectureCatalog.architecture(named: name))
    let random = RandomParameters(seed: 5)
    var tensors: [(name: String, shape: [Int], values: [Float])] = []
    for request in try architecture.requests() {
      guard let (key, shape) = edit(request.key, request.shape.dimensions) else { continue }
      let values = try random.tensor(for: request).values
      let count = shape.reduce(1, *)
      tensors.append((key, shape, Array((values + [Float](repeating: 0, count: count)).prefix(count))))
    }
    return try TemporaryWeights.write(tensors)
  }

  private func load(_ reference: String, _ path: String, classes: Int? = nil) throws -> Model {
    var options = ModelOptions()
    options.weights = path
    options.classes = classes
    return try ModelLoader.model(reference, options: options) { _ throws(ModelError) in throw .option("none")
    }
  }

  @Test("what a trainer keeps beside a wrapped network is passed over and said; inside it, it is refused")
  func beside() throws {
    func write(_ names: [String], prefix: String) throws -> String {
      let architecture = try #require(ArchitectureCatalog.architecture(named: "cifar10-conv5"))
      let random = RandomParameters(seed: 5)
      let own = try architecture.requests().map { request in
        (prefix + request.key, request.shape.dimensions, try random.tensor(for: request).values)
      }
      return try TemporaryWeights.write(own + names.map { ($0, [2], [1, 2]) })
    }
    let wrapped = try write(["criterion.weight", "metric.sum"], prefix: "model.")
    let model = try load("cifar10-conv5", wrapped)
    #expect(
      model.origin.contains("passed over 2 beside 'model.': 'criterion.weight' and others"), "\(model.origin)"
    )
    #expect(
      try ModelLoader.model(wrapped) { _ throws(ModelError) in throw .option("none") }.name == "cifar10-conv5"
    )
    let averaged = try load("cifar10-conv5", try write(["n_averaged"], prefix: "module."))
    #expect(!averaged.origin.contains { $0.contains("passed over") })
    #expect(throws: ModelError.self) {
      try load("cifar10-conv5", try write(["model.more"], prefix: "model."))
    }
    #expect(throws: ModelError.self) { try load("cifar10-conv5", try write(["more"], prefix: "")) }
  }

  @Test("a head inside a sequence is the head, two layers there are not")
  func innerHead() throws {
    func moved(_ key: String, to place: String) -> String {
      key.hasPrefix("fc.") ? "fc.\(place)." + key.dropFirst(3) : key
    }
    let plain = try load("resnet18", try file(of: "resnet18"))
    let inner = try file(of: "resnet18") { (moved($0, to: "1"), $1) }
    let model = try load("resnet18", inner)
    let picture = Tensor([1, 3, 224, 224], values: (0..<3 * 224 * 224).map { Float($0 % 13) / 7 - 1 })
    func scores(_ model: Model) throws -> [Float] {
      try #require(try Network(model.graph).forward(picture)[model.graph.logits]).values
    }
    #expect(try scores(model) == scores(plain))
    #expect(try ModelLoader.model(inner) { _ throws(ModelError) in throw .option("none") }.name == "resnet18")
    let deep = try file(of: "resnet18") { key, shape in
      key == "conv1.weight" ? ("fc.0.weight", shape) : (moved(key, to: "2"), shape)
    }
    #expect(throws: ModelError.self) { try load("resnet18", deep) }
  }

  @Test("all mismatches are reported at once, with the nearest name")
  func report() throws {
    let path = try file(of: "resnet9-cifar") { key, shape in
      switch key {
      case "stem.conv.weight": ("stem.convolution.weight", shape)
      case "head.bn.bias": nil
      case "stage1.body1.bn.weight": (key, [7])
      default: (key, shape)
      }
    }
    let error = #expect(throws: ModelError.self) { try load("resnet9-cifar", path) }
    guard case .mismatch(let report) = error else {
      Issue.record("no report but \(String(describing: error))")
      return
    }
    #expect(report.missing.map(\.name) == ["stem.conv.weight", "head.bn.bias"])
    #expect(report.missing.first?.nearest == "stem.convolution.weight")
    #expect(report.unexpected.map(\.name) == ["stem.convolution.weight"])
    #expect(report.misshapen.map(\.name) == ["stage1.body1.bn.weight"])
    #expect(report.misshapen.map(\.expected) == [[64]])
    #expect(report.misshapen.map(\.found) == [[7]])
    #expect("\(report)".hasPrefix("'\(path)' does not fit resnet9-cifar: 4 mismatches\n"))
  }

  @Test("layers of a Keras file with other shapes are misshapen, and only what they lack is missing")
  func kerasReport() throws {
    let path = "\(SharedFiles.checkout)/Tests/Fixtures/models/misshapen.h5"
    let error = #expect(throws: ModelError.self) { try load("cifar10-conv5", path) }
    guard case .mismatch(let report) = error else {
      Issue.record("no report but \(String(describing: error))")
      return
    }
    #expect(report.misshapen.map(\.name) == ["conv2d_1/kernel:0"])
    #expect(report.misshapen.map(\.expected) == [[3, 3, 128, 128]])
    #expect(report.misshapen.map(\.found) == [[3, 3, 5, 128]])
    #expect(report.missing.map(\.name) == ["conv2d_3/BiasAdd.bias"] && report.unexpected.isEmpty)
  }

  @Test("a wrapper's prefix and torch's counters make no difference")
  func wrapped() throws {
    let path = try file(of: "resnet9-cifar") { key, shape in ("module." + key, shape) }
    let plain = try file(of: "resnet9-cifar")
    let wrapped = try load("resnet9-cifar", path).graph
    let direct = try load("resnet9-cifar", plain).graph
    for (left, right) in zip(wrapped.nodes, direct.nodes) {
      #expect(
        left.operation.parameters.map(\.tensor.values) == right.operation.parameters.map(\.tensor.values))
    }
  }

  @Test(
    "a file says by its tensors which network it belongs to, and how many classes",
    arguments: ["resnet9-cifar", "cifar10-conv5"])
  func recognised(_ name: String) throws {
    let path = try file(of: name) { key, shape in
      let isHead = key.hasPrefix("fc.") || key.hasPrefix("dense_1/")
      return (key, isHead ? [4] + shape.dropFirst() : shape)
    }
    let model = try ModelLoader.model(path) { _ throws(ModelError) in throw .option("none") }
    #expect(model.name == name)
    #expect(model.classCount == 4)
    #expect(model.classes.isEmpty)
  }

  @Test("another number of classes starts the head anew and keeps the body")
  func newHead() throws {
    let path = try file(of: "resnet9-cifar")
    let model = try load("resnet9-cifar", path, classes: 3)
    #expect(model.classCount == 3)
    #expect(model.origin.contains { $0.contains("started anew") })
    let old = try load("resnet9-cifar", path)
    let stem = try #require(model.graph.node(named: "stem.conv"))
    #expect(
      model.graph[stem].operation.parameters[0].tensor.values
        == old.graph[stem].operation.parameters[0].tensor.values)
  }

  @Test("a mistyped name is answered with the nearest")
  func unknown() throws {
    let error = #expect(throws: ModelError.self) {
      try ModelLoader.model("resnet81") { _ throws(ModelError) in throw .option("none") }
    }
    #expect(
      "\(try #require(error))"
        == "there is no built-in network and no file 'resnet81'; did you mean 'resnet18'?")
  }

  @Test("mean and deviation given on the 0...1 scale replace the model's, and leave the other alone")
  func preprocessing() throws {
    var changes = PreprocessingChanges()
    changes.mean = [0.5]
    let changed = try changes.applied(to: .efficientNetLite())
    #expect(changed.mean == [0.5, 0.5, 0.5])
    #expect(changed.deviation.allSatisfy { abs($0 - 128 / 255) < 1e-6 })
    #expect(changed.divisor == 255)
    changes.deviation = [0.1, 0.2]
    #expect(throws: ModelError.self) { try changes.applied(to: .efficientNetLite()) }
  }
}
