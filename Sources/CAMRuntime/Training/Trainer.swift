import Glibc
internal import ModelIO

/// Trains a network: epochs of shuffled batches, validation, the best weights kept, a state that can be taken up again.
///
/// Everything that chance decides comes from the seed, so two runs on one machine give the same weights.
package final class Trainer {
  private let graph: Graph
  private let data: any TrainingData
  private let validation: (any TrainingData)?
  private let scale: PixelScale
  private let settings: TrainingSettings
  private let interrupt: InterruptFlag

  package init(
    graph: Graph, data: any TrainingData, validation: (any TrainingData)? = nil, scale: PixelScale,
    settings: TrainingSettings, interrupt: InterruptFlag
  ) throws(TrainingFailure) {
    guard data.count > 0 else { throw .noPictures }
    let scores = graph[graph.logits].shape
    guard scores.count == data.classCount else {
      throw .classes(scores: scores.count, labels: data.classCount)
    }
    let input = graph[graph.input].shape
    for source in [data, validation].compactMap(\.self)
    where input.rank != 4 || input[1] != 3 || input[2] != source.height || input[3] != source.width {
      throw .input(network: input, height: source.height, width: source.width)
    }
    self.graph = graph
    self.data = data
    self.validation = validation
    self.scale = scale
    self.settings = settings
    self.interrupt = interrupt
  }

  /// Trains; an interrupt ends the training with the best weights so far, or by itself where there are none yet.
  package func run(_ report: (TrainingEvent) throws -> Void) throws -> TrainingOutcome {
    let batch = min(settings.batch, data.count)
    let network = try TrainingNetwork(
      graph, batch: batch, precision: settings.precision, threads: settings.threads, frozen: settings.frozen,
      dropout: settings.dropout, interrupt: interrupt)
    guard network.parameters.contains(where: \.isTrained) else { throw TrainingFailure.nothingToTrain }
    let state = try TrainingState(network: network, settings: settings, pictures: data.count)
    let reader = BatchReader(data: data, batch: batch, scale: scale, interrupt: interrupt)
    let steps = data.count / batch
    let total = steps * settings.epochs
    var wasInterrupted = false
    let epochsBefore = state.epoch
    let clock = TrainingClock()
    do {
      while state.epoch < settings.epochs {
        let epoch = state.epoch + 1
        let started = clock.seconds
        let order = reader.order(seed: settings.seed, epoch: epoch)
        var loss = 0.0
        var correct = 0
        var rate = 0.0
        for step in 0..<steps {
          try interrupt.check()
          rate = settings.schedule.rate(
            at: state.epoch * steps + step, of: total, peak: settings.learningRate)
          let labels = try reader.fill(
            network.input, pictures: order[(step * batch)..<((step + 1) * batch)],
            augmentation: settings.augmentation, seed: settings.seed, epoch: epoch)
          let found = try network.step(
            labels: labels, smoothing: settings.labelSmoothing,
            dropoutSeed: reader.seed(settings.seed, epoch, step))
          guard found.loss.isFinite else {
            throw TrainingFailure.diverged(epoch: epoch, step: step + 1, layer: network.firstNonFiniteLayer())
          }
          network.update(&state.optimizer, rate: rate)
          state.average?.take(network.parameters)
          loss += found.loss
          correct += found.correct
          let spent = clock.seconds - started
          let speed = Double((step + 1) * batch) / max(spent, 1e-9)
          let left = Double((steps * (settings.epochs - epoch) + steps - step - 1) * batch) / speed
          try report(
            .step(
              TrainingStep(
                epoch: epoch, epochs: settings.epochs, done: step + 1, steps: steps,
                loss: loss / Double(step + 1),
                accuracy: Double(correct) / Double((step + 1) * batch), learningRate: rate,
                imagesPerSecond: speed,
                secondsLeft: left)))
        }
        var record = EpochRecord(
          epoch: epoch, loss: loss / Double(steps), accuracy: Double(correct) / Double(steps * batch),
          learningRate: rate, seconds: clock.seconds - started)
        if let validation, epoch % settings.validateEvery == 0 || epoch == settings.epochs {
          try network.checkRoom(forCopies: 1)
          let found = try state.withJudgedWeights(of: network) {
            try evaluate(network, on: validation, batch: batch, epoch: epoch, report)
          }
          record.validationLoss = found.loss
          record.validationAccuracy = found.accuracy
        }
        let isBest = try state.finish(record, network: network)
        try report(.epoch(state.history, isBest: isBest))
      }
    } catch let error as Interrupted where error.reason == .asked {
      guard !state.history.isEmpty else { throw error }
      wasInterrupted = true
    }
    if let best = state.best { network.load(best) }
    return TrainingOutcome(
      graph: try network.trainedGraph(), history: state.history, bestEpoch: state.bestEpoch,
      bestAccuracy: state.bestAccuracy, wasInterrupted: wasInterrupted, epochsBefore: epochsBefore)
  }

  private func evaluate(
    _ network: TrainingNetwork, on data: any TrainingData, batch: Int, epoch: Int,
    _ report: (TrainingEvent) throws -> Void
  ) throws -> (loss: Double, accuracy: Double) {
    let reader = BatchReader(data: data, batch: batch, scale: scale, interrupt: interrupt)
    var loss = 0.0
    var correct = 0
    var start = 0
    while start < data.count {
      try interrupt.check()
      let end = min(start + batch, data.count)
      let labels = try reader.fill(network.input, pictures: (start..<end).map { $0 }[...])
      let found = try network.evaluate(labels: labels)
      loss += found.loss * Double(labels.count)
      correct += found.correct
      start = end
      try report(.validating(epoch: epoch, done: start, of: data.count))
    }
    return (loss / Double(data.count), Double(correct) / Double(data.count))
  }
}

/// What a training carries from epoch to epoch, in memory and in its files.
private final class TrainingState {
  private let settings: TrainingSettings
  private let pictures: Int
  private(set) var epoch = 0
  private(set) var history: [EpochRecord] = []
  private(set) var best: [[Float]]?
  private(set) var bestEpoch = 0
  private(set) var bestAccuracy = 0.0
  var optimizer: Optimizer
  /// The running mean of the weights, where one was asked for: it is what is judged and kept.
  var average: WeightAverage?

  init(network: TrainingNetwork, settings: TrainingSettings, pictures: Int) throws {
    self.settings = settings
    self.pictures = pictures
    try network.checkRoom(forCopies: settings.optimizer.kind.slots + (settings.average == nil ? 0 : 1))
    optimizer = Optimizer(
      settings.optimizer, sizes: network.parameters.filter(\.isTrained).map(\.count))
    for path in [settings.savePath, settings.statePath] {
      if let path { AtomicFile.removeRemains(of: path) }
    }
    if let share = settings.average { average = WeightAverage(share: share, values: network.values()) }
    guard let path = settings.resumePath else { return }
    try network.checkRoom(forCopies: settings.optimizer.kind.slots + 4)
    let checkpoint = try Checkpoint.read(path: path, settings: settings.optimizer)
    guard let progress = checkpoint.progress, let optimizer = checkpoint.optimizer else {
      throw Checkpoint.Failure.noTraining(path: path)
    }
    guard settings.fits(progress.settings, pictures: pictures), progress.seed == settings.seed else {
      throw Checkpoint.Failure.otherSettings(
        was: progress.settings + " seed=\(progress.seed)",
        now: settings.fingerprint(pictures: pictures) + " seed=\(settings.seed)")
    }
    try network.load(checkpoint)
    guard optimizer.memory.map(\.count) == self.optimizer.memory.map(\.count) else {
      throw Checkpoint.Failure.otherNetwork(parameter: "the optimiser's memory")
    }
    self.optimizer = optimizer
    if let share = settings.average {
      guard checkpoint.average.map(\.count) == network.parameters.map(\.count) else {
        throw Checkpoint.Failure.otherNetwork(parameter: "the mean of the weights")
      }
      average = WeightAverage(share: share, values: checkpoint.average, steps: optimizer.steps)
    }
    epoch = progress.epoch
    history = progress.history
    bestEpoch = progress.bestEpoch
    bestAccuracy = progress.bestAccuracy
    try takeUpBest(of: network, beside: path)
  }

  /// The best weights lie beside the state, unless those of its last epoch are the best; a training that is now kept in
  /// another file has them there too.
  private func takeUpBest(of network: TrainingNetwork, beside path: String) throws {
    if bestEpoch == epoch {
      best = average?.values ?? network.values()
    } else {
      let saved = TrainingSettings.weightsPath(ofState: path)
      guard access(saved, R_OK) == 0 else {
        throw Checkpoint.Failure.noBest(epoch: bestEpoch, path: saved)
      }
      let now = network.values()
      try network.load(Checkpoint(parameters: Checkpoint.weights(path: saved)))
      best = network.values()
      network.load(now)
    }
    guard let best, let path = settings.savePath, settings.statePath != settings.resumePath else { return }
    let now = network.values()
    network.load(best)
    try Checkpoint(parameters: network.named(), notes: settings.notes).write(to: path)
    network.load(now)
  }

  /// What `body` gives while the network has the weights that are judged and kept.
  func withJudgedWeights<Result>(of network: TrainingNetwork, _ body: () throws -> Result) rethrows -> Result
  {
    guard let average else { return try body() }
    let now = network.values()
    network.load(average.values)
    defer { network.load(now) }
    return try body()
  }

  /// Takes in an epoch's result, keeps the weights if they are the best, and writes the files.
  func finish(_ record: EpochRecord, network: TrainingNetwork) throws -> Bool {
    // The best weights, and once more for each file that is written.
    try network.checkRoom(forCopies: settings.savePath == nil ? 1 : 3)
    epoch = record.epoch
    history.append(record)
    let accuracy = record.validationAccuracy ?? record.accuracy
    let isJudged = record.validationAccuracy != nil
    let wasJudged = history.contains { $0.epoch == bestEpoch && $0.validationAccuracy != nil }
    // What pictures of its own say of a net is less than what others say, however much better it sounds.
    let isBest = best == nil || (isJudged == wasJudged ? accuracy > bestAccuracy : isJudged)
    if isBest {
      best = average?.values ?? network.values()
      bestEpoch = epoch
      bestAccuracy = accuracy
    }
    if let path = settings.savePath, let statePath = settings.statePath {
      if isBest {
        let judged = withJudgedWeights(of: network) { network.named() }
        try Checkpoint(parameters: judged, notes: settings.notes).write(to: path)
      }
      try Checkpoint(
        parameters: network.named(), optimizer: optimizer, average: average?.values ?? [],
        progress: Checkpoint.Progress(
          epoch: epoch, bestAccuracy: bestAccuracy, bestEpoch: bestEpoch, seed: settings.seed,
          history: history,
          settings: settings.fingerprint(pictures: pictures)),
        notes: settings.notes
      ).write(to: statePath)
    }
    return isBest
  }
}

/// Seconds since it was made.
private struct TrainingClock {
  private let start = ContinuousClock.now

  var seconds: Double {
    let spent = start.duration(to: .now).components
    return Double(spent.seconds) + Double(spent.attoseconds) * 1e-18
  }
}
