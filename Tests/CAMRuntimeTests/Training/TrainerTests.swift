import CAMRuntime
import Foundation
import ModelIO
import Testing

/// Pictures whose label is the brighter of three stripes, with noise.
private struct Stripes: TrainingData {
  let count: Int
  var seed: UInt64 = 0
  var poison: Int?
  let classCount = 3
  let classNames = ["left", "middle", "right"]
  let height = 6
  let width = 6

  func read(_ index: Int, into planes: UnsafeMutableBufferPointer<Float>) throws -> Int {
    var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(index))
    let label = index % 3
    for place in 0..<108 {
      let isBright = place % 6 / 2 == label
      planes[place] = Float(isBright ? 150 : 90) + Float(generator.normal() * 25)
    }
    if index == poison { planes[0] = .nan }
    return label
  }
}

@Suite("training") struct TrainerTests {
  private func graph() throws -> Graph {
    var generator = SeededGenerator(seed: 5)
    func random(_ shape: Shape, _ scale: Double) -> Tensor {
      Tensor(shape, values: (0..<shape.count).map { _ in Float(generator.normal() * scale) })
    }
    var net = GraphBuilder()
    var x = try net.input(shape: [1, 3, 6, 6])
    x = try net.add(Convolution(weight: random([8, 3, 3, 3], 0.2), padding: 1), x, name: "conv")
    x = try net.add(
      BatchNorm(
        scale: .filled([8], with: 1), shift: .zeros([8]), mean: .zeros([8]), variance: .filled([8], with: 1)),
      x,
      name: "bn")
    x = try net.add(ReLU(), x, name: "relu")
    x = try net.add(Dropout(rate: 0.1), x, name: "drop")
    x = try net.add(Flatten(), x, name: "flat")
    x = try net.add(Linear(weight: random([3, 288], 0.05), bias: .zeros([3])), x, name: "fc")
    return try net.build(output: x)
  }

  private let scale = PixelScale(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])

  private func settings(epochs: Int = 4) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batch = 24
    settings.learningRate = 0.01
    settings.augmentation = Augmentation([.shift], height: 6)
    settings.seed = 42
    return settings
  }

  private func train(
    _ settings: TrainingSettings, data: Stripes = Stripes(count: 240),
    interrupt: InterruptFlag = InterruptFlag(),
    report: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingOutcome {
    try Trainer(
      graph: graph(), data: data, validation: Stripes(count: 90, seed: 7), scale: scale, settings: settings,
      interrupt: interrupt
    ).run(report)
  }

  private func weights(_ graph: Graph) -> [[Float]] {
    graph.nodes.flatMap { $0.operation.parameters.map(\.tensor.values) }
  }

  private func temporary(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString).safetensors")
      .path
  }

  @Test("a small net learns a simple rule")
  func learns() throws {
    var steps = 0
    let outcome = try train(settings()) { if case .step = $0 { steps += 1 } }
    #expect(steps == 40)
    #expect(outcome.history.count == 4)
    #expect(outcome.bestAccuracy > 0.95)
    #expect(outcome.history[3].loss < outcome.history[0].loss)
  }

  @Test(
    "one seed gives one set of weights, another seed another",
    arguments: [Precision.float32, .bfloat16], [1, 2])
  func seeded(precision: Precision, threads: Int) throws {
    var own = settings(epochs: 2)
    own.precision = precision
    own.threads = threads
    let first = try train(own)
    #expect(try weights(first.graph) == weights(train(own).graph))
    var other = own
    other.seed = 43
    #expect(try weights(first.graph) != weights(train(other).graph))
  }

  @Test("a training that was stopped goes on as if it had not been", arguments: [nil, 0.9])
  func resume(average: Double?) throws {
    var own = settings()
    own.average = average
    let whole = try train(own)
    var parts = own
    let path = temporary("resume")
    defer { for suffix in ["", ".resume"] { unlink(path + suffix) } }
    parts.savePath = path
    let flag = InterruptFlag()
    let stopped = try train(parts, interrupt: flag) {
      if case .step(let step) = $0, step.epoch == 3, step.done == 4 { flag.raise() }
    }
    #expect(stopped.wasInterrupted && stopped.history.count == 2)
    parts.resumePath = path + ".resume"
    let outcome = try train(parts)
    #expect(outcome.history.map(\.loss) == whole.history.map(\.loss))
    #expect(weights(outcome.graph) == weights(whole.graph))
    var other = parts
    other.learningRate = 0.5
    #expect(throws: Checkpoint.Failure.self) { try train(other) }
    parts.resumePath = path
    #expect(throws: Checkpoint.Failure.self) { try train(parts) }
  }

  @Test("a training that ended, or goes on under another name, has the best weights, not the last ones")
  func resumedBest() throws {
    var own = settings()
    let (path, other) = (temporary("best"), temporary("other"))
    defer { for file in [path, other] { for suffix in ["", ".resume"] { unlink(file + suffix) } } }
    own.savePath = path
    // A rate that grows to a harmful one: a later epoch is worse than one before it.
    own.learningRate = 5
    let outcome = try train(own)
    #expect(outcome.bestEpoch < outcome.history.count, "\(outcome.history.map(\.validationAccuracy))")
    own.savePath = nil
    own.resumePath = path + ".resume"
    let again = try train(own)
    #expect(again.epochsBefore == again.history.count && again.bestEpoch == outcome.bestEpoch)
    #expect(weights(again.graph) == weights(outcome.graph))
    own.savePath = other
    _ = try train(own)
    let written = try WeightFormatCatalog.read(path: other)
    let kept = try #require(written["fc.weight"]).floats()
    #expect(Array(kept) == weights(outcome.graph).first { $0.count == kept.count })
    own.augmentation = Augmentation([.flip])
    let refused = #expect(throws: Checkpoint.Failure.self) { try train(own) }
    #expect(refused?.description == "the training was begun with augment=shift, not with augment=flip")
    own.augmentation = Augmentation([.shift], height: 6)
    unlink(path)
    let lost = #expect(throws: Checkpoint.Failure.self) { try train(own) }
    #expect(lost?.description.contains("best epoch, \(outcome.bestEpoch), are not in '\(path)'") == true)
  }

  @Test("an epoch that was judged by its own pictures is no measure for those that others judge")
  func sparseValidation() throws {
    var own = settings(epochs: 4)
    own.validateEvery = 2
    let outcome = try train(own)
    let judged = outcome.history.compactMap(\.validationAccuracy)
    #expect(judged.count == 2 && outcome.bestAccuracy == judged.max())
    #expect(outcome.history[outcome.bestEpoch - 1].validationAccuracy == outcome.bestAccuracy)
  }

  @Test("a running mean of the weights is what is judged, kept and written")
  func averaged() throws {
    var own = settings(epochs: 2)
    own.average = 0.9
    let path = temporary("average")
    defer { for suffix in ["", ".resume"] { unlink(path + suffix) } }
    own.savePath = path
    let mean = try train(own)
    // The training itself goes the same way.
    let plain = try train(settings(epochs: 2))
    #expect(mean.history.map(\.loss) == plain.history.map(\.loss))
    #expect(mean.history.map(\.validationLoss) != plain.history.map(\.validationLoss))
    #expect(weights(mean.graph) != weights(plain.graph))
    let written = try WeightFormatCatalog.read(path: path)
    let kept = try #require(written["fc.weight"]).floats()
    #expect(Array(kept) == weights(mean.graph).first { $0.count == kept.count })
  }

  @Test("the running mean forgets its beginning first, then keeps its share")
  func mean() throws {
    let network = try TrainingNetwork(graph(), batch: 2)
    let parameter = network.parameters[0]
    var average = WeightAverage(share: 0.5, values: network.values())
    var expected = Double(parameter.values[0])
    for step in 1...20 {
      parameter.values[0] = Float(step)
      average.take(network.parameters)
      let kept = min(0.5, Double(1 + step) / Double(10 + step))
      expected = kept * expected + (1 - kept) * Double(step)
      #expect(abs(Double(average.values[0][0]) - expected) < 1e-4)
    }
    #expect(average.values[0][1] == parameter.values[1])
  }

  @Test("an interrupt keeps the best weights, in memory and in the file")
  func interrupted() throws {
    var own = settings(epochs: 6)
    let path = temporary("interrupted")
    defer { for suffix in ["", ".resume"] { unlink(path + suffix) } }
    own.savePath = path
    let flag = InterruptFlag()
    var best: (epoch: Int, accuracy: Double) = (0, -1)
    let outcome = try train(own, interrupt: flag) { event in
      if case .epoch(let history, isBest: true) = event {
        best = (history.count, history[history.count - 1].validationAccuracy ?? -1)
      }
      if case .step(let step) = event, step.epoch == 4, step.done == 5 { flag.raise() }
    }
    #expect(outcome.wasInterrupted && outcome.history.count == 3)
    #expect(outcome.bestEpoch == best.epoch && outcome.bestAccuracy == best.accuracy)
    #expect(outcome.bestAccuracy == outcome.history.compactMap(\.validationAccuracy).max())
    let saved = try WeightFormatCatalog.read(path: path)
    for node in outcome.graph.nodes {
      for parameter in node.operation.parameters {
        let found = saved[node.name + "." + parameter.name].map { Array($0.floats()) }
        #expect(found == parameter.tensor.values, "\(node.name)")
      }
    }
  }

  @Test("a loss that is no number stops the training with the step and the layer")
  func diverged() throws {
    let failure = #expect(throws: TrainingFailure.self) {
      try train(settings(), data: Stripes(count: 240, poison: 5))
    }
    guard case .diverged(let epoch, let step, let layer) = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(epoch == 1 && layer == "conv" && (1...10).contains(step))
    #expect(failure?.description.contains("step \(step): layer 'conv'") == true)
  }

  @Test("what does not fit is said before anything is computed")
  func misfits() throws {
    #expect(throws: TrainingFailure.self) { try train(settings(), data: Stripes(count: 0)) }
    var net = GraphBuilder()
    let x = try net.add(Flatten(), net.input(shape: [1, 3, 6, 6]), name: "flat")
    let scores = try net.add(Linear(weight: .zeros([7, 108])), x, name: "fc")
    let graph = try net.build(output: scores)
    let failure = #expect(throws: TrainingFailure.self) {
      try Trainer(
        graph: graph, data: Stripes(count: 9), scale: scale, settings: settings(), interrupt: InterruptFlag())
    }
    #expect(failure?.description.contains("`classes=3`") == true)
  }
}
