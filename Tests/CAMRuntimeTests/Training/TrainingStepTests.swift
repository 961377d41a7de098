import CAMRuntime
import Foundation
import ModelIO
import Testing

/// One step of a net with every kind of layer that training knows, as PyTorch takes it (Tests/Oracle/training.py).
private struct StepOracle {
  let tensors: [String: (shape: [Int], values: [Float])]

  init() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let state = try WeightFormatCatalog.read(
      path: tests.appendingPathComponent("Fixtures/training/step.safetensors").path)
    tensors = Dictionary(
      uniqueKeysWithValues: state.tensors.map { ($0.name, ($0.shape, Array($0.floats()))) })
  }

  static let labels = [0, 4, 2, 2, 1, 3]

  func tensor(_ name: String) throws -> Tensor {
    let found = try #require(tensors[name], "no tensor \(name)")
    return Tensor(Shape(found.shape), values: found.values)
  }

  /// The net under the names that PyTorch gives its layers.
  func graph() throws -> Graph {
    var net = GraphBuilder()
    func weight(_ name: String) throws -> Tensor { try tensor("before/\(name)") }
    func norm(_ name: String) throws -> BatchNorm {
      BatchNorm(
        scale: try weight("\(name).weight"), shift: try weight("\(name).bias"),
        mean: try weight("\(name).running_mean"), variance: try weight("\(name).running_var"))
    }
    var x = try net.input(shape: [1, 3, 16, 16])
    x = try net.add(
      Convolution(weight: weight("conv1.weight"), bias: weight("conv1.bias"), padding: 1), x, name: "conv1")
    x = try net.add(ReLU(), net.add(norm("bn1"), x, name: "bn1"), name: "relu1")
    x = try net.add(MaxPool(kernel: 2), x, name: "pool1")
    var y = try net.add(Convolution(weight: weight("deep.weight"), padding: 1, groups: 8), x, name: "deep")
    y = try net.add(ReLU(), net.add(norm("bn2"), y, name: "bn2"), name: "relu2")
    y = try net.add(Convolution(weight: weight("point.weight")), y, name: "point")
    y = try net.add(norm("bn3"), y, name: "bn3")
    x = try net.add(ReLU(), net.add(Add(), x, y, name: "add"), name: "relu3")
    x = try net.add(
      Convolution(weight: weight("down.weight"), bias: weight("down.bias"), stride: 2, padding: 1), x,
      name: "down")
    x = try net.add(Sigmoid(), x, name: "sigmoid")
    x = try net.add(AveragePool(kernel: 2), x, name: "pool2")
    x = try net.add(Flatten(), x, name: "flatten")
    x = try net.add(Linear(weight: weight("fc1.weight"), bias: weight("fc1.bias")), x, name: "fc1")
    x = try net.add(ReLU(), net.add(norm("bn4"), x, name: "bn4"), name: "relu4")
    x = try net.add(Linear(weight: weight("fc2.weight"), bias: weight("fc2.bias")), x, name: "fc2")
    x = try net.add(Softmax(), x, name: "softmax")
    return try net.build(output: x)
  }

  func network(_ precision: Precision = .float32, frozen: Set<NodeID> = []) throws -> TrainingNetwork {
    let network = try TrainingNetwork(graph(), batch: 6, precision: precision, frozen: frozen)
    _ = network.input.update(fromContentsOf: try #require(tensors["pictures"]).values)
    return network
  }

  /// The greatest difference, relative to the greatest magnitude.
  static func distance(_ found: [Float], _ wanted: [Float]) -> Float {
    let reach = wanted.reduce(1e-6) { max($0, abs($1)) }
    return zip(found, wanted).reduce(found.count == wanted.count ? 0 : .infinity) {
      max($0, abs($1.0 - $1.1))
    } / reach
  }
}

@Suite("a training step") struct TrainingStepTests {
  @Test("loss, every gradient and the running statistics are PyTorch's")
  func step() throws {
    let oracle = try StepOracle()
    let network = try oracle.network()
    let found = try network.step(labels: StepOracle.labels)
    let loss = try #require(oracle.tensors["loss"]).values[0]
    #expect(abs(Float(found.loss) - loss) < 1e-5 * loss)
    var checked = 0
    for parameter in network.parameters {
      if parameter.isTrained {
        let wanted = try #require(oracle.tensors["gradient/\(parameter.name)"])
        // A bias before a batch norm has no gradient but rounding: PyTorch's own is 8e-6 beside weights' of 0.9.
        let reach = wanted.values.reduce(0) { max($0, abs($1)) }
        if reach < 1e-5 {
          #expect(parameter.gradient.allSatisfy { abs($0) < 5e-5 }, "\(parameter.name)")
        } else {
          #expect(StepOracle.distance(Array(parameter.gradient), wanted.values) < 1e-4, "\(parameter.name)")
        }
      } else {
        let wanted = try #require(oracle.tensors["after/\(parameter.name)"])
        #expect(StepOracle.distance(Array(parameter.values), wanted.values) < 1e-5, "\(parameter.name)")
      }
      checked += 1
    }
    #expect(checked == oracle.tensors.keys.filter { $0.hasPrefix("before/") }.count)
  }

  @Test("evaluation uses the running statistics, whatever the rest of the batch holds")
  func evaluation() throws {
    let oracle = try StepOracle()
    let network = try oracle.network()
    let scores = try #require(oracle.tensors["scores/evaluation"]).values
    let wanted = scores.withUnsafeBufferPointer {
      CrossEntropy.evaluate(scores: $0, classes: 5, labels: StepOracle.labels)
    }
    let found = try network.evaluate(labels: StepOracle.labels)
    #expect(abs(found.loss - wanted.loss) < 1e-5 * wanted.loss)
    #expect(found.correct == wanted.correct)
    let part = try network.evaluate(labels: [0, 4])
    let first = scores[..<10].withUnsafeBufferPointer {
      CrossEntropy.evaluate(scores: $0, classes: 5, labels: [0, 4])
    }
    #expect(abs(part.loss - first.loss) < 1e-5 * first.loss)
  }

  @Test("a frozen layer keeps its parameters and statistics, and the layers behind it get the same gradient")
  func frozen() throws {
    let oracle = try StepOracle()
    let graph = try oracle.graph()
    let names = ["conv1", "bn1"]
    let network = try oracle.network(frozen: Set(names.compactMap { graph.node(named: $0) }))
    _ = try network.step(labels: StepOracle.labels)
    for parameter in network.parameters where names.contains(String(parameter.name.split(separator: ".")[0]))
    {
      #expect(!parameter.isTrained)
      #expect(Array(parameter.values) == oracle.tensors["before/\(parameter.name)"]?.values)
    }
    #expect(network.parameters.contains { $0.name == "deep.weight" && $0.gradient.contains { $0 != 0 } })
  }

  @Test("bfloat16 goes the same way, as far as its digits reach")
  func bfloat16() throws {
    let oracle = try StepOracle()
    let network = try oracle.network(.bfloat16)
    let found = try network.step(labels: StepOracle.labels)
    let loss = try #require(oracle.tensors["loss"]).values[0]
    #expect(abs(Float(found.loss) - loss) < 3e-2 * loss)
    for parameter in network.parameters where parameter.isTrained {
      let wanted = try #require(oracle.tensors["gradient/\(parameter.name)"]).values
      if wanted.reduce(0, { max($0, abs($1)) }) < 1e-5 { continue }
      let (dot, own, other) = zip(parameter.gradient, wanted).reduce((Float(0), Float(0), Float(0))) {
        ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0, $0.2 + $1.1 * $1.1)
      }
      #expect(dot / (own * other).squareRoot() > 0.95, "\(parameter.name)")
    }
  }

  @Test("two networks of one seed drop the same elements, another seed drops others")
  func dropout() throws {
    var net = GraphBuilder()
    let x = try net.input(shape: [1, 3, 4, 4])
    let flat = try net.add(Flatten(), net.add(Dropout(rate: 0.5), x, name: "drop"), name: "flat")
    let weight = Tensor([2, 48], values: (0..<96).map { Float($0 % 7) - 3 })
    let scores = try net.add(Linear(weight: weight), flat, name: "fc")
    let graph = try net.build(output: scores)
    func gradient(_ seed: UInt64, dropout: Double? = nil) throws -> [Float] {
      let network = try TrainingNetwork(graph, batch: 4, dropout: dropout)
      network.input.update(repeating: 1)
      _ = try network.step(labels: [0, 1, 0, 1], dropoutSeed: seed)
      return Array(network.parameters[0].gradient)
    }
    #expect(try gradient(3) == gradient(3))
    #expect(try gradient(3) != gradient(4))
    #expect(try gradient(3).contains(0))
    #expect(try !gradient(3, dropout: 0).contains(0), "a share in place of the network's own")
    func lost(_ share: Double) throws -> Int { try gradient(3, dropout: share).count { $0 == 0 } }
    #expect(try lost(0.9) > lost(0.5))
  }
}
