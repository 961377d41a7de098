internal import CAMRuntime
internal import ModelIO

/// Trains a network on a data set, with a bar and curves that move.
struct TrainCommand: Command {
  private static let model = Parameter.optional(
    "model", ModelNameValue(), "a built-in network to train anew, or a kept model; without it the current one"
  )
  private static let data = Parameter.option(
    "on", NameValue(.dataset, placeholder: "DATASET"), absent: "the current one", "the data set to learn from"
  )
  private static let validation = Parameter.option(
    "validate", NameValue(.dataset, placeholder: "DATASET"), absent: "a tenth of the data set, held out",
    "the data set to be judged on")
  private static let epochs = Parameter.option(
    "epochs", IntegerValue(in: 1...10_000), default: 10, "how often every picture is seen")
  private static let batch = Parameter.option(
    "batch", IntegerValue(in: 1...4096), default: 128, "pictures in a step")
  private static let rate = Parameter.option(
    "lr", NumberValue(in: 0...100), absent: "0.003 for adam, 0.1 for sgd", "the highest learning rate")
  private static let decay = Parameter.option(
    "decay", NumberValue(in: 0...10), default: 0.0005, "weight decay")
  private static let momentum = Parameter.option(
    "momentum", NumberValue(in: 0...1), default: 0.9, "how much of a step goes on in the next (sgd)")
  private static let optimizer = Parameter.option(
    "optimizer", CaseValue(OptimizerKind.self), default: .adam, "how weights follow their gradients")
  private static let schedule = Parameter.option(
    "schedule", CaseValue(LearningSchedule.self), default: .oneCycle, "how the learning rate changes")
  private static let augment = Parameter.list(
    "augment", CaseValue(Augmentation.Kind.self), absent: "none", "what is done to pictures by chance")
  private static let smoothing = Parameter.option(
    "smoothing", NumberValue(in: 0...0.9), default: 0, "the share of a label that is spread over all classes")
  private static let average = Parameter.option(
    "average", NumberValue(in: 0...0.99999), absent: "the weights of the last step",
    "the share that a running mean of the weights keeps of itself at each step, as 0.999; that mean is judged and kept"
  )
  private static let dropout = Parameter.option(
    "dropout", NumberValue(in: 0...0.9), absent: "the network's own",
    "the share of values that dropout layers lose")
  private static let seed = Parameter.option(
    "seed", IntegerValue(in: 0...Int.max), absent: "the setting", "where all chance starts")
  private static let precision = Parameter.option(
    "precision", CaseValue(Precision.self), absent: "the setting", "fp32, or bf16 with fp32 weights")
  private static let freeze = Parameter.list(
    "freeze", NameValue(.layer, placeholder: "LAYER"), absent: "nothing",
    "layers or modules that stay as they are")
  private static let every = Parameter.option(
    "every", IntegerValue(in: 1...10_000), default: 1, "epochs between two validations")
  private static let save = Parameter.option(
    "save", PathValue(suffixes: [".safetensors"]), absent: "memory only", "the file of the best weights")
  private static let resume = Parameter.option(
    "resume", PathValue(suffixes: [".resume"]), "the state that a stopped training left beside its file")

  let signature = CommandSignature(
    "train", "trains a network on a data set", group: .models,
    parameters: [
      model, data, validation, epochs, batch, rate, decay, momentum, optimizer, schedule, augment, smoothing,
      dropout, average, seed, precision, freeze, every, save, resume,
    ], givesValue: true,
    examples: [
      "train resnet9-cifar epochs=20 augment=flip,crop save=cifar.safetensors",
      "train epochs=3 freeze=stem,stage1 lr=0.001 as tuned",
    ],
    details: """
      The best weights by validation accuracy are kept, and written to `save=` after each epoch that is better; \
      `FILE.resume` beside it holds all that is needed to go on, so a kill loses at most one epoch. An interrupt ends \
      the training with the best weights. Everything that chance decides comes from `seed=`: two runs on one machine \
      give the same weights. The trained model becomes the current one.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let workspace = context.session.workspace
    let data = try dataset(call[Self.data], workspace) ?? workspace.current(LoadedDataset.self)
    var settings = try settings(call, context)
    // A folder of three of ImageNet's classes teaches three, unless the network has the thousand.
    let part =
      data.images.classes.name == ClassList.imagenet.name
      ? data.presentLabels : Array(data.classNames.indices)
    let model = try model(call, context, classes: part.count, seed: settings.seed)
    let labels = model.classCount == part.count ? part : Array(data.classNames.indices)
    let pictures = FittedPictures(
      data, labels: labels, for: model.preprocessing, interrupt: context.interrupt)
    settings.augmentation = Augmentation(try call[Self.augment], height: pictures.height)
    settings.frozen = try frozen(call, model.graph)
    settings.notes = WeightNotes(model: model.name, classes: pictures.classNames, data: data.label).pairs
    var (learned, judged): (any TrainingData, any TrainingData) = HeldOut.split(pictures, seed: settings.seed)
    if let given = try dataset(call[Self.validation], workspace) {
      let fitted = FittedPictures(
        given, labels: labels, of: data, for: model.preprocessing, interrupt: context.interrupt)
      if let name = fitted.unknownClass {
        throw Diagnostic(
          "wrong-classes", "\(given.label) has pictures of '\(name)', which is no class of \(data.label)",
          at: call.span(of: Self.validation))
      }
      (learned, judged) = (pictures, fitted)
    }
    let place = call.isGiven(Self.model) ? call.span(of: Self.model) : call.statement.verb.span
    let outcome = try Blame.on(place) {
      let trainer = try Trainer(
        graph: model.graph, data: learned, validation: judged, scale: try PixelScale(model.preprocessing),
        settings: settings, interrupt: context.interrupt)
      let total = (learned.count / min(settings.batch, learned.count)) * min(settings.batch, learned.count)
      let display = TrainingDisplay(context, name: model.name, pictures: total, epochs: settings.epochs)
      defer { display.finish() }
      return try trainer.run(display.show)
    }
    var trained = model
    trained.graph = outcome.graph
    if trained.classes.count != pictures.classCount || !call.isGiven(Self.model) {
      trained.classes = pictures.classNames
    }
    trained.trainingData = data.label
    trained.origin = [origin(outcome, on: data, path: settings.savePath)]
    let loaded = try LoadedModel(trained, options: context.executionOptions)
    context.session.workspace.setCurrent(loaded)
    return CommandResult(
      value: loaded,
      bundle: try TrainingDisplay.result(
        outcome, model: trained, on: data.label, precision: settings.precision))
  }

  private func dataset(_ word: Word?, _ workspace: Workspace) throws(Diagnostic) -> LoadedDataset? {
    guard let word else { return nil }
    return try workspace.value(of: word, as: LoadedDataset.self)
  }

  private func settings(_ call: Call, _ context: CommandContext) throws -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = try call[Self.epochs]
    settings.batch = try call[Self.batch]
    let kind = try call[Self.optimizer]
    settings.optimizer = OptimizerSettings(
      kind: kind, weightDecay: try call[Self.decay], momentum: try call[Self.momentum])
    settings.learningRate = try call[Self.rate] ?? (kind == .sgd ? 0.1 : 0.003)
    settings.schedule = try call[Self.schedule]
    settings.labelSmoothing = try call[Self.smoothing]
    settings.dropout = try call[Self.dropout]
    settings.average = try call[Self.average]
    settings.seed = UInt64(try call[Self.seed] ?? context.session.settings[SettingCatalog.seed])
    settings.precision = try call[Self.precision] ?? context.executionOptions.precision
    settings.threads = context.executionOptions.threads
    settings.validateEvery = try call[Self.every]
    settings.savePath = try call[Self.save].map { FileSystem.expanded($0.text) }
    settings.resumePath = try call[Self.resume].map { FileSystem.expanded($0.text) }
    if let path = settings.resumePath, !FileSystem.exists(path) {
      throw FileSystem.absence(of: path).diagnostic(at: call.span(of: Self.resume))
    }
    if let path = settings.savePath {
      let folder = FileSystem.split(path).folder
      if !folder.isEmpty, !FileSystem.isFolder(folder) {
        throw Diagnostic("no-such-folder", "there is no folder '\(folder)'", at: call.span(of: Self.save))
      }
      guard path.lowercased().hasSuffix(".safetensors") else {
        throw Diagnostic(
          "unknown-format", "train writes safetensors, and '\(FileSystem.split(path).name)' does not say so",
          at: call.span(of: Self.save), hints: ["for example `save=net.safetensors`"])
      }
      guard !FileSystem.isFolder(path) else {
        throw Diagnostic("cannot-write", "'\(path)' is a folder", at: call.span(of: Self.save))
      }
    }
    return settings
  }

  /// A built-in network begins anew with as many classes as the data set has; a kept or current one goes on.
  private func model(_ call: Call, _ context: CommandContext, classes: Int, seed: UInt64) throws -> Model {
    guard let name = try call[Self.model] else { return try context.model().model }
    if let kept = context.session.workspace.value(named: name.text, as: LoadedModel.self) {
      return kept.model
    }
    var options = ModelOptions()
    options.classes = classes
    // A file's weights are what it goes on with.
    if ArchitectureCatalog.architecture(named: name.text) != nil { options.seed = seed }
    options.headSeed = seed
    options.interrupt = context.interrupt
    func load() throws(ModelError) -> Model {
      try ModelLoader.model(FileSystem.expanded(name.text), options: options) {
        architecture throws(ModelError) in
        try WeightFinder.fetched(architecture, context)
      }
    }
    do throws(ModelError) {
      return try load()
    } catch {
      if case .unknown = error { throw context.absence(ofModel: name) }
      guard case .option = error, options.seed == nil else { throw error.diagnostic(at: name.span) }
    }
    // A file whose head is fixed: whether it fits is the training's to say.
    options.classes = nil
    return try Blame.on(name.span) { try load() }
  }

  /// A name stands for the layer and for everything inside it.
  private func frozen(_ call: Call, _ graph: Graph) throws -> Set<NodeID> {
    var frozen: Set<NodeID> = []
    for word in try call[Self.freeze] {
      let inside = graph.nodes.filter { $0.name == word.text || $0.name.hasPrefix(word.text + ".") }.map(\.id)
      let named = graph.node(named: word.text).map { [$0] } ?? []
      guard !inside.isEmpty || !named.isEmpty else {
        throw Diagnostic.unknown("layer", word, known: graph.layers.map(\.name))
      }
      frozen.formUnion(inside + named)
    }
    return frozen
  }

  private func origin(_ outcome: TrainingOutcome, on data: LoadedDataset, path: String?) -> String {
    "trained on \(data.label), epoch \(outcome.bestEpoch) of \(outcome.history.count)"
      + (path.map { ", kept in \($0)" } ?? "")
  }
}

/// A data set parted into pictures to learn from and pictures to be judged on.
private struct HeldOut: TrainingData {
  let whole: any TrainingData
  let indices: [Int]

  /// One picture in ten is held out, chosen by the seed.
  static func split(_ data: any TrainingData, seed: UInt64) -> (any TrainingData, any TrainingData) {
    var generator = SeededGenerator(seed: seed ^ 0x5EED_0FDA_7A5E_7000)
    let order = (0..<data.count).shuffled(using: &generator)
    let held = max(1, data.count / 10)
    return (
      HeldOut(whole: data, indices: order.dropFirst(held).sorted()),
      HeldOut(whole: data, indices: order.prefix(held).sorted())
    )
  }

  var count: Int { indices.count }
  var classCount: Int { whole.classCount }
  var classNames: [String] { whole.classNames }
  var height: Int { whole.height }
  var width: Int { whole.width }

  func read(_ index: Int, into planes: UnsafeMutableBufferPointer<Float>) throws -> Int {
    try whole.read(indices[index], into: planes)
  }
}

extension PixelScale {
  /// The scale of a model's preprocessing.
  fileprivate init(_ preprocessing: Preprocessing) throws {
    guard preprocessing.order == .rgb else {
      throw TrainingFailure.channelOrder(preprocessing.order.rawValue)
    }
    self.init(
      factors: preprocessing.deviation.map { 1 / (preprocessing.divisor * $0) },
      summands: zip(preprocessing.mean, preprocessing.deviation).map { -$0 / $1 })
  }
}
