package import ModelIO

/// A training as it can be written to disk and taken up again.
package struct Checkpoint {
  /// How far the training had come; keys and values as they stand in the file's metadata.
  package struct Progress: Sendable, Equatable {
    /// Epochs that are done.
    package var epoch: Int
    package var bestAccuracy: Double
    package var bestEpoch: Int
    package var seed: UInt64
    /// The lines of the table of epochs, so that curves go on where they ended.
    package var history: [EpochRecord]
    /// The settings that must be the same when the training goes on.
    package var settings: String
  }

  /// Parameters by name, running statistics included.
  package var parameters: [(name: String, shape: [Int], values: [Float])]
  package var optimizer: Optimizer?
  /// The running mean of every parameter, empty where none is kept.
  package var average: [[Float]]
  package var progress: Progress?
  /// What a reader of the weights wants to know: architecture, classes, scale.
  package var notes: [(name: String, value: String)]

  package init(
    parameters: [(name: String, shape: [Int], values: [Float])], optimizer: Optimizer? = nil,
    average: [[Float]] = [], progress: Progress? = nil, notes: [(name: String, value: String)] = []
  ) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.average = average
    self.progress = progress
    self.notes = notes
  }

  private static let prefix = "camkernel.training."

  /// Writes the file whole or not at all: a kill at any moment leaves the former one.
  package func write(to path: String) throws(FormatError) {
    var tensors = parameters.map { TensorToWrite(name: $0.name, shape: $0.shape, floats: $0.values) }
    var metadata = notes
    if let optimizer {
      metadata.append((Self.prefix + "optimizer", optimizer.settings.kind.rawValue))
      metadata.append((Self.prefix + "steps", String(optimizer.steps)))
      for (index, memory) in optimizer.memory.enumerated() {
        tensors.append(
          TensorToWrite(name: Self.prefix + "memory.\(index)", shape: [memory.count], floats: memory))
      }
    }
    for (index, mean) in average.enumerated() {
      tensors.append(TensorToWrite(name: Self.prefix + "average.\(index)", shape: [mean.count], floats: mean))
    }
    if let progress {
      metadata.append((Self.prefix + "epoch", String(progress.epoch)))
      metadata.append((Self.prefix + "best-accuracy", String(progress.bestAccuracy)))
      metadata.append((Self.prefix + "best-epoch", String(progress.bestEpoch)))
      metadata.append((Self.prefix + "seed", String(progress.seed)))
      metadata.append((Self.prefix + "history", progress.history.map(\.line).joined(separator: "\n")))
      metadata.append((Self.prefix + "settings", progress.settings))
    }
    try SafeTensors.write(tensors, metadata: metadata, to: path)
  }

  /// The parameters in a file of weights.
  static func weights(path: String) throws(Failure) -> [(name: String, shape: [Int], values: [Float])] {
    do {
      return try WeightFormatCatalog.read(path: path).tensors.map { ($0.name, $0.shape, Array($0.floats())) }
    } catch { throw .file(error) }
  }

  /// Why a file cannot be taken up again.
  package enum Failure: Error, CustomStringConvertible {
    case file(FormatError)
    case noTraining(path: String)
    case otherSettings(was: String, now: String)
    case otherNetwork(parameter: String)
    /// The weights of the best epoch are not where they were written.
    case noBest(epoch: Int, path: String)

    package var description: String {
      switch self {
      case .file(let error): "\(error)"
      case .noTraining(let path): "'\(path)' holds weights, but no training that could go on"
      case .otherSettings(let was, let now):
        "the training was begun with \(Self.pairs(of: was, without: now)), not with \(Self.pairs(of: now, without: was))"
      case .noBest(let epoch, let path):
        "the weights of its best epoch, \(epoch), are not in '\(path)', where it had written them"
      case .otherNetwork(let parameter): "the checkpoint does not fit the network: '\(parameter)'"
      }
    }

    /// The settings that another list does not have so.
    private static func pairs(of list: String, without other: String) -> String {
      let others = Set(other.split(separator: " "))
      let own = list.split(separator: " ").filter { !others.contains($0) }
      return own.isEmpty ? "what is left out" : own.joined(separator: " ")
    }
  }

  /// Reads a training that was written before.
  package static func read(path: String, settings: OptimizerSettings) throws(Failure) -> Checkpoint {
    let state: StateDictionary
    do { state = try WeightFormatCatalog.read(path: path) } catch { throw .file(error) }
    let note = { (key: String) in state.metadata[prefix + key] }
    guard let epoch = note("epoch").flatMap(Int.init), let steps = note("steps").flatMap(Int.init),
      let best = note("best-accuracy").flatMap(Double.init),
      let bestEpoch = note("best-epoch").flatMap(Int.init),
      let seed = note("seed").flatMap(UInt64.init), let kind = note("optimizer"),
      let before = note("settings")
    else { throw .noTraining(path: path) }
    guard kind == settings.kind.rawValue else { throw .otherSettings(was: kind, now: settings.kind.rawValue) }
    var parameters: [(name: String, shape: [Int], values: [Float])] = []
    for tensor in state.tensors where !tensor.name.hasPrefix(prefix) {
      parameters.append((tensor.name, tensor.shape, Array(tensor.floats())))
    }
    func numbered(_ group: String) -> [[Float]] {
      let tensors = state.tensors.compactMap { tensor -> (Int, [Float])? in
        guard tensor.name.hasPrefix(prefix + group) else { return nil }
        return Int(tensor.name.dropFirst((prefix + group).count)).map { ($0, Array(tensor.floats())) }
      }
      return tensors.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let history = (note("history") ?? "").split(separator: "\n").compactMap { EpochRecord(line: $0) }
    return Checkpoint(
      parameters: parameters, optimizer: Optimizer(settings, steps: steps, memory: numbered("memory.")),
      average: numbered("average."),
      progress: Progress(
        epoch: epoch, bestAccuracy: best, bestEpoch: bestEpoch, seed: seed, history: history, settings: before
      ),
      notes: state.metadata.filter { !$0.key.hasPrefix(prefix) }.map { ($0.key, $0.value) }.sorted {
        $0.0 < $1.0
      })
  }
}

/// What one epoch brought.
package struct EpochRecord: Sendable, Equatable {
  /// From 1.
  package var epoch: Int
  package var loss: Double
  /// The share of training pictures whose label had the highest score.
  package var accuracy: Double
  /// On the validation pictures; nil where this epoch did not look at them.
  package var validationLoss: Double?
  package var validationAccuracy: Double?
  package var learningRate: Double
  package var seconds: Double

  package init(
    epoch: Int, loss: Double, accuracy: Double, validationLoss: Double? = nil,
    validationAccuracy: Double? = nil,
    learningRate: Double, seconds: Double
  ) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.learningRate = learningRate
    self.seconds = seconds
  }

  /// The record as a line of a file; an empty field where there is no value.
  var line: String {
    [
      String(epoch), String(loss), String(accuracy), validationLoss.map { String($0) } ?? "",
      validationAccuracy.map { String($0) } ?? "", String(learningRate), String(seconds),
    ].joined(separator: ",")
  }

  init?(line: Substring) {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 7, let epoch = Int(fields[0]), let loss = Double(fields[1]),
      let accuracy = Double(fields[2]), let rate = Double(fields[5]), let seconds = Double(fields[6])
    else { return nil }
    self.init(
      epoch: epoch, loss: loss, accuracy: accuracy, validationLoss: Double(fields[3]),
      validationAccuracy: Double(fields[4]), learningRate: rate, seconds: seconds)
  }
}
