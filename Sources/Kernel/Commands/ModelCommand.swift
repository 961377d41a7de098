internal import CAMRuntime
internal import ModelIO

/// Loads a model and makes it current.
struct ModelCommand: Command {
  private static let name = Parameter.required(
    "name", ModelNameValue(),
    "a built-in network, a file (ONNX, PyTorch, Keras, safetensors, a JSON description), or a kept model")
  private static let weights = Parameter.option(
    "weights", PathValue(), absent: "the official ones",
    "a file of weights for a built-in network or a description")
  private static let classes = Parameter.option(
    "classes", IntegerValue(in: 1...1_000_000), absent: "as the weights have", "how many classes the head has"
  )
  private static let labels = Parameter.option(
    "labels", LabelsValue(), absent: "the model's own", "the names of the classes")
  private static let size = Parameter.option(
    "size", SizeValue(), absent: "the model's own", "the input's size")
  private static let mean = Parameter.list(
    "mean", NumberValue(), absent: "the model's own", "what is taken off each colour, on the 0..1 scale")
  private static let deviation = Parameter.list(
    "std", NumberValue(in: 0...1e6), absent: "the model's own",
    "what each colour is divided by, on the 0..1 scale")
  private static let resize = Parameter.option(
    "resize", ChoiceValue(Preprocessing.Filter.allCases.map(\.rawValue) + ["none"]),
    absent: "the model's own",
    "the filter that resizes pictures; none: they have the size")
  private static let random = Parameter.option(
    "random", IntegerValue(in: 0...Int.max, placeholder: "SEED"), "random weights from this seed")
  private static let fallback = Parameter.list(
    "fallback", ModelNameValue(), absent: "none",
    "models to take where the weights of NAME are not on this machine, the first that is there")
  private static let precision = Parameter.option(
    "precision", CaseValue(Precision.self), absent: "the setting", "how numbers are computed")
  private static let threads = Parameter.option(
    "threads", IntegerValue(in: 0...1024), absent: "the setting", "how many threads compute")

  let signature = CommandSignature(
    "model", "loads a model and makes it current", group: .models,
    parameters: [
      name, weights, classes, labels, size, mean, deviation, resize, random, fallback, precision, threads,
    ],
    givesValue: true,
    examples: [
      "model efficientnet-lite0", "model resnet18 random=1 as untrained", "model net.onnx labels=imagenet",
      "model net.json weights=net.safetensors",
    ],
    details: """
      A file is told by its content. ONNX files and whole Keras models (`model.save`, .keras or .h5) are networks; \
      weights of a network that is not built in need its description in JSON: \
      {"input": [1, 3, 32, 32], "nodes": [{"name": "conv", "op": "conv", "in": ["input"], "cout": 16, "k": 3}, ...]}, \
      where docs/manifest.md lists the operations; "weights": "FILE" in it takes the place of weights=. Official weights are fetched once from their publisher and checked; what broke \
      off goes on from there, and `CAMKERNEL_MIRROR` names another server. Weights that do not fit are reported all \
      at once, with the nearest name. `models` lists what is built in and where weights are found. With `fallback=` \
      nothing is downloaded: a notebook then runs with what is there, and its first line says which model that is.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let wanted = try call[Self.name]
    let name = try substitute(call, for: wanted)
    if name.text != wanted.text {
      context.output.stream(
        "the weights of \(wanted.text) are not on this machine: \(name.text) instead\n",
        to: .stdout)
    }
    if let kept = context.session.workspace.value(named: name.text, as: LoadedModel.self) {
      try refuseOptions(call, of: name)
      context.session.workspace.setCurrent(kept)
      return try .value(kept, in: context)
    }
    var model = try load(call, name, context)
    try warnOfBytes(call, &model)
    if let labels = try call[Self.labels] { model.classes = try names(of: labels, count: model.classCount) }
    var options = context.executionOptions
    if let precision = try call[Self.precision] { options.precision = precision }
    if let threads = try call[Self.threads] { options.threads = threads }
    let loaded = try Blame.on(name.span) { try LoadedModel(model, options: options) }
    context.session.workspace.setCurrent(loaded)
    return try .value(loaded, in: context)
  }

  /// The model to load: the wanted one, or the first fallback whose weights are on this machine.
  private func substitute(_ call: Call, for name: Word) throws -> Word {
    let fallbacks = try call[Self.fallback]
    guard !fallbacks.isEmpty, try call[Self.weights] == nil, try call[Self.random] == nil else { return name }
    return ([name] + fallbacks).first(where: isThere) ?? name
  }

  /// The option that an error names, as `std=` in its sentence.
  private static func place(of error: ModelError, in call: Call) -> SourceSpan? {
    guard case .option(let sentence) = error else { return nil }
    let options: [any ParameterDeclaration] = [classes, size, mean, deviation, resize, random, weights]
    return options.first { call.isGiven($0) && sentence.contains("\($0.info.name)=") }.map(call.span)
  }

  /// A kept model is as it was loaded: what would change it is refused, not passed over.
  private func refuseOptions(_ call: Call, of name: Word) throws(Diagnostic) {
    let options: [any ParameterDeclaration] = [
      Self.weights, Self.classes, Self.labels, Self.size, Self.mean, Self.deviation, Self.resize, Self.random,
      Self.precision, Self.threads,
    ]
    guard let given = options.first(where: call.isGiven) else { return }
    throw Diagnostic(
      "unfit-option", "'\(name.text)' is a kept model, which is as it was loaded", at: call.span(of: given),
      hints: ["load it anew with \(given.info.name)= by its network's name or its path"])
  }

  private func isThere(_ name: Word) -> Bool {
    guard let architecture = ArchitectureCatalog.architecture(named: name.text) else {
      return FileSystem.exists(FileSystem.expanded(name.text))
    }
    return WeightFinder.isThere(architecture)
  }

  private func load(_ call: Call, _ name: Word, _ context: CommandContext) throws -> Model {
    var options = ModelOptions()
    options.weights = try call[Self.weights].map { FileSystem.expanded($0.text) }
    options.classes = try call[Self.classes]
    options.size = try call[Self.size]
    options.seed = try call[Self.random].map(UInt64.init)
    let mean = try call[Self.mean].map(Float.init)
    let deviation = try call[Self.deviation].map(Float.init)
    options.preprocessing.mean = mean.isEmpty ? nil : mean
    options.preprocessing.deviation = deviation.isEmpty ? nil : deviation
    if let resize = try call[Self.resize] {
      options.preprocessing.filter = Preprocessing.Filter(rawValue: resize)
      if resize == "none" { options.preprocessing.fit = .exact }
    }
    let span = options.weights == nil ? name.span : call.span(of: Self.weights)
    if let path = options.weights, !FileSystem.exists(path) {
      throw FileSystem.absence(of: path).diagnostic(at: span)
    }
    options.interrupt = context.interrupt
    let model: Model
    do throws(ModelError) {
      model = try ModelLoader.model(FileSystem.expanded(name.text), options: options) {
        architecture throws(ModelError) in
        try WeightFinder.fetched(architecture, context)
      }
    } catch {
      if case .unknown = error { throw context.absence(ofModel: name) }
      throw error.diagnostic(at: Self.place(of: error, in: call) ?? span)
    }
    try context.interrupt.check()
    return model
  }

  /// Means and deviations of 0 to 255 are a common mistake, and the network then sees one grey.
  private func warnOfBytes(_ call: Call, _ model: inout Model) throws(Diagnostic) {
    for (name, values) in [("mean", try call[Self.mean]), ("std", try call[Self.deviation])]
    where values.contains(where: { abs($0) > 2 }) {
      model.warnings.append(
        "\(name)= is on the 0..1 scale, and \(NumberText.text(values.max() ?? 0, significant: 6)) is far above it: divide by 255?"
      )
    }
  }

  private func names(of labels: Word, count: Int) throws -> [String] {
    var list = ClassList.builtIn.first { $0.name == labels.text.lowercased() }
    if list == nil {
      guard FileSystem.exists(labels.text) else {
        throw FileSystem.absence(of: labels.text).diagnostic(
          at: labels.span, or: "list of classes", ClassList.builtIn.map(\.name))
      }
      list = try Blame.on(labels.span) { try ClassList(path: FileSystem.expanded(labels.text)) }
    }
    let names = list?.names ?? []
    guard names.count == count else {
      throw Diagnostic(
        "wrong-labels", "the model has \(count) classes, '\(labels.text)' names \(names.count)",
        at: labels.span)
    }
    return names
  }
}
