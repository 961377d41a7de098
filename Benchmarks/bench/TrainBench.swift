import CAMRuntime
import ModelIO

/// Times whole training steps, forward, backward and SGD with momentum and decay: `run N`.
struct TrainBench: LineBench {
  private let network: TrainingNetwork
  private let labels: [Int]
  private let state: OptimizerState

  /// The optimiser, which steps change.
  private final class OptimizerState {
    var optimizer: Optimizer

    init(_ optimizer: Optimizer) { self.optimizer = optimizer }
  }

  init(_ arguments: [String]) throws {
    guard arguments.count == 3, let batch = Int(arguments[1]), batch > 0,
      let precision = Precision(rawValue: arguments[2])
    else { throw BenchError("NET BATCH PRECISION are wanted") }
    var options = ModelOptions()
    options.seed = 1
    let model = try ModelLoader.model(arguments[0], options: options) { _ throws(ModelError) in
      throw .option("the benchmark downloads nothing")
    }
    network = try TrainingNetwork(model.graph, batch: batch, precision: precision)
    let classes = model.classCount
    // A cheap sequence of numbers; the time of a step does not depend on them.
    var state: UInt64 = 1
    for index in network.input.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      network.input[index] = Float(state >> 40) / Float(1 << 23) - 1
    }
    labels = (0..<batch).map { $0 % min(classes, 10) }
    self.state = OptimizerState(
      Optimizer(
        OptimizerSettings(kind: .sgd, weightDecay: 5e-4, isNesterov: false),
        sizes: network.parameters.filter(\.isTrained).map(\.count)))
    try step()
  }

  func answerLines() throws { try answerLines(ready: "{\"ready\": true}") }

  func answer(_ words: [String]) throws -> String {
    guard words.count == 2, words[0] == "run", let count = Int(words[1]), count > 0 else {
      throw BenchError("`run N` is wanted")
    }
    return "{\(try timings(count, step))}"
  }

  private func step() throws {
    let found = try network.step(labels: labels, dropoutSeed: 1)
    guard found.loss.isFinite else { throw BenchError("the loss is \(found.loss)") }
    network.update(&state.optimizer, rate: 0.01)
  }
}
