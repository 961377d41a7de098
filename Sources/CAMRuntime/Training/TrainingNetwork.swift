import Glibc

/// A graph in training form for one size of batch: values held with their channels innermost, parameters in
/// 32-bit floats, forward and backward by oneDNN and the runtime's own loops.
///
/// Used by the one thread that calls oneDNN.
package final class TrainingNetwork {
  /// Every parameter, statistics included, in the order of the graph.
  package let parameters: [TrainingParameter]
  /// Where a batch is written, `[N, 3, H, W]`.
  package let input: UnsafeMutableBufferPointer<Float>
  private let graph: Graph
  private let batch: Int
  private let device: Device
  private let interrupt: InterruptFlag
  private let layers: [(node: Node, layer: any TrainingLayer, needsGradient: Bool)]
  private let start: TrainingValue
  /// The bytes of the largest value.
  private let largest: Int
  private let scores: TrainingValue
  private let scoreValues: UnsafeMutableBufferPointer<Float>
  private let scoreGradient: UnsafeMutableBufferPointer<Float>

  package init(
    _ graph: Graph, batch: Int, precision: Precision = .float32, threads: Int = 0, frozen: Set<NodeID> = [],
    dropout: Double? = nil, interrupt: InterruptFlag = InterruptFlag()
  ) throws {
    self.graph = graph
    self.batch = batch
    self.interrupt = interrupt
    device = try Device(threads: threads)
    var builder = TrainingBuilder(
      graph: graph, batch: batch, format: precision.usable == .bfloat16 ? .bfloat16 : .float32,
      frozen: frozen,
      dropout: dropout.map(Float.init), device: device, interrupt: interrupt)
    let built = try builder.build()
    layers = built.layers
    start = built.start
    scores = built.scores
    largest = layers.reduce(0) { max($0, $1.layer.output.bytes) }
    parameters = layers.flatMap { $0.layer.parameters }
    input = AlignedMemory.floats(start.count)
    scoreValues = AlignedMemory.floats(scores.count)
    scoreGradient = AlignedMemory.floats(scores.count)
  }

  deinit {
    for buffer in [input, scoreValues, scoreGradient] { free(buffer.baseAddress) }
  }

  /// One step on the batch in `input`: loss, hits, and the gradient of every trained parameter.
  package func step(
    labels: [Int], smoothing: Double = 0, dropoutSeed: UInt64 = 0
  ) throws -> (loss: Double, correct: Int) {
    try forward(isTraining: true, seed: dropoutSeed)
    let found = CrossEntropy.evaluate(
      scores: UnsafeBufferPointer(scoreValues), classes: scores.channels, labels: labels,
      smoothing: smoothing,
      gradient: scoreGradient)
    guard found.loss.isFinite else { return found }
    scores.addGradient { scores.write(scoreGradient, to: $0) }
    for (_, layer, needsGradient) in layers.reversed() where needsGradient {
      try interrupt.check()
      try device.pool.checkRoom(for: 2 * largest, of: "the gradients of a batch of \(batch)")
      try layer.backward()
      layer.output.releaseGradient()
    }
    return found
  }

  /// Loss and hits of the batch in `input` by running statistics, without dropout; rows without a label do not count.
  package func evaluate(labels: [Int]) throws -> (loss: Double, correct: Int) {
    try forward(isTraining: false, seed: 0)
    let used = UnsafeBufferPointer(rebasing: scoreValues[..<(labels.count * scores.channels)])
    return CrossEntropy.evaluate(scores: used, classes: scores.channels, labels: labels)
  }

  /// Moves the trained parameters along their gradients.
  package func update(_ optimizer: inout Optimizer, rate: Double) {
    optimizer.step(
      rate: rate,
      parameters: parameters.filter(\.isTrained).map { ($0.values, UnsafeBufferPointer($0.gradient)) })
  }

  /// The first layer whose value on the last batch, or whose parameter, is not finite.
  package func firstNonFiniteLayer() -> String? {
    layers.first {
      !$0.layer.output.isFinite || $0.layer.parameters.contains { !$0.values.allSatisfy(\.isFinite) }
    }?
    .node.name
  }

  private func forward(isTraining: Bool, seed: UInt64) throws {
    device.takeOver()
    for (_, layer, _) in layers { layer.output.releaseGradient() }
    start.writePlanes(input)
    for (_, layer, _) in layers {
      try interrupt.check()
      try layer.forward(isTraining: isTraining, seed: seed)
    }
    scores.read(into: scoreValues)
  }

  /// Refuses so many copies of all parameters where there is no room for them.
  func checkRoom(forCopies copies: Int) throws(GraphError) {
    let count = parameters.reduce(0) { $0 + $1.count }
    try MemoryRoom.check(copies * count * MemoryLayout<Float>.stride, for: "keeping \(count) parameters")
  }

  /// A copy of every parameter's values.
  package func values() -> [[Float]] { parameters.map { Array($0.values) } }

  /// Puts values back that `values` gave.
  package func load(_ values: [[Float]]) {
    for (parameter, values) in zip(parameters, values) { parameter.load(values) }
  }

  /// Every parameter under its name in a state dictionary.
  package func named() -> [(name: String, shape: [Int], values: [Float])] {
    parameters.map { ($0.name, $0.shape.dimensions, Array($0.values)) }
  }

  /// Takes over a checkpoint's parameters; every one must be there in its shape.
  package func load(_ checkpoint: Checkpoint) throws(Checkpoint.Failure) {
    let known = Dictionary(
      checkpoint.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for parameter in parameters {
      guard let found = known[parameter.name], found.shape == parameter.shape.dimensions else {
        throw .otherNetwork(parameter: parameter.name)
      }
      parameter.load(found.values)
    }
  }

  /// The graph with the parameters as they are now.
  package func trainedGraph() throws(GraphError) -> Graph {
    try checkRoom(forCopies: 1)
    var replaced: [NodeID: any Operation] = [:]
    for (node, layer, _) in layers where !layer.parameters.isEmpty {
      replaced[node.id] = node.operation.replacing(
        parameters: layer.parameters.map { parameter in
          Tensor(parameter.shape) { _ = $0.update(fromContentsOf: parameter.values) }
        })
    }
    return try graph.replacing(replaced)
  }
}
