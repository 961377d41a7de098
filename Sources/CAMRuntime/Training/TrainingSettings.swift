/// What a training is told; the defaults suit a small net and small pictures.
package struct TrainingSettings: Sendable {
  package var epochs = 10
  package var batch = 128
  /// The highest learning rate of the schedule.
  package var learningRate = 1e-3
  package var optimizer = OptimizerSettings()
  package var schedule = LearningSchedule.oneCycle
  package var augmentation = Augmentation()
  /// The share of a label that is spread over all classes.
  package var labelSmoothing = 0.0
  /// The share of values that dropouts lose; nil for the network's own.
  package var dropout: Double?
  /// The share that a running mean of the weights keeps of itself at each step.
  ///
  /// That mean is then judged and kept; nil for the weights of the last step.
  package var average: Double?
  package var seed: UInt64 = 0
  package var precision = Precision.float32
  /// 0 for the cores that the process may use.
  package var threads = 0
  /// Nodes whose parameters stay as they are; their batch norms keep their statistics.
  package var frozen: Set<NodeID> = []
  /// Validation happens after every so many epochs, and after the last.
  package var validateEvery = 1
  /// The file of the best weights; nil keeps them in memory only.
  package var savePath: String?
  /// A checkpoint to go on from.
  package var resumePath: String?
  /// What is written into the files for those who read the weights.
  package var notes: [(name: String, value: String)] = []

  package init() {}

  /// Where the state after each epoch is kept while a training goes on.
  package var statePath: String? { savePath.map { $0 + ".resume" } }

  /// The file of the best weights beside a state.
  static func weightsPath(ofState path: String) -> String {
    path.hasSuffix(".resume") ? String(path.dropLast(".resume".count)) : path
  }

  /// What must not change between the parts of one training, and how many pictures it has.
  func fingerprint(pictures: Int) -> String {
    core + (optimizer.kind == .sgd ? " momentum=\(optimizer.momentum)" : "")
      + " augment=\(augmentation.kindNames) pictures=\(pictures)"
  }

  /// Whether a training may go on that was begun so; files of earlier versions say less.
  func fits(_ written: String, pictures: Int) -> Bool {
    written == fingerprint(pictures: pictures) || written == core
  }

  private var core: String {
    let decay = optimizer.weightDecay
    return "epochs=\(epochs) batch=\(batch) lr=\(learningRate) schedule=\(schedule.rawValue) decay=\(decay) "
      + "smoothing=\(labelSmoothing) precision=\(precision.rawValue)"
      + (dropout.map { " dropout=\($0)" } ?? "") + (average.map { " average=\($0)" } ?? "")
  }
}

/// Something that happens in a training.
package enum TrainingEvent: Sendable {
  /// After each step: means over the epoch so far.
  case step(TrainingStep)
  /// While validation goes on.
  case validating(epoch: Int, done: Int, of: Int)
  /// After each epoch, with all epochs so far.
  case epoch([EpochRecord], isBest: Bool)
}

/// Where a training stands within an epoch.
package struct TrainingStep: Sendable {
  /// From 1.
  package var epoch: Int
  package var epochs: Int
  /// Steps of this epoch that are done, and how many it has.
  package var done: Int
  package var steps: Int
  package var loss: Double
  package var accuracy: Double
  package var learningRate: Double
  package var imagesPerSecond: Double
  /// For the whole training.
  package var secondsLeft: Double
}

/// What a training leaves.
package struct TrainingOutcome: Sendable {
  /// The network with its best weights.
  package let graph: Graph
  package let history: [EpochRecord]
  package let bestEpoch: Int
  package let bestAccuracy: Double
  /// Whether somebody stopped it before its last epoch.
  package let wasInterrupted: Bool
  /// The epochs of the history that a training before this one had done.
  package var epochsBefore = 0
}

/// Why a training cannot begin or go on.
package enum TrainingFailure: Error {
  /// The scores count other classes than the labels.
  case classes(scores: Int, labels: Int)
  case input(network: Shape, height: Int, width: Int)
  case noPictures
  /// A label outside the classes.
  case label(picture: Int, label: Int, classes: Int)
  /// The loss is no number any more.
  case diverged(epoch: Int, step: Int, layer: String?)
  /// An operation that has no training form here.
  case untrainable(node: String, kind: String)
  case nothingToTrain
  /// Pictures are read as red, green, blue.
  case channelOrder(String)
}

extension TrainingFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .classes(let scores, let labels):
      "the network scores \(scores) \(scores == 1 ? "class" : "classes"), the labels have \(labels): give the model a head with `classes=\(labels)`"
    case .input(let network, let height, let width):
      "the network wants pictures of \(network), the data set has \(height)x\(width)"
    case .noPictures: "the data set has no pictures"
    case .label(let picture, let label, let classes):
      "picture \(picture) has label \(label), but there are only \(classes) classes"
    case .diverged(let epoch, let step, let layer):
      "the loss is no longer a number in epoch \(epoch), step \(step)"
        + (layer.map { ": layer '\($0)' is the first with a value that is not finite" } ?? "")
        + "; a lower learning rate (`lr=`) usually helps"
    case .untrainable(let node, let kind):
      "layer '\(node)' (\(kind)) cannot be trained through; freeze what lies before it"
    case .nothingToTrain: "every layer is frozen"
    case .channelOrder(let order):
      "the network wants \(order) pictures; only networks for rgb pictures are trained"
    }
  }
}
