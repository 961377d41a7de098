internal import CAMRuntime
internal import ModelIO

/// How well methods explain the pictures of a data set, by metrics.
struct EvaluateCommand: Command {
  private static let methods = Parameter.several(
    "method", ChoiceValue(CAMCatalog.all.map { $0.name }, placeholder: "METHOD", naming: "method"),
    atLeast: 1,
    "the methods, a row each")
  private static let on = Parameter.option(
    "on", NameValue(.dataset, placeholder: "DATASET"), absent: "the current one, else the current images",
    "the data set")
  private static let metrics = Parameter.list(
    "metrics", ChoiceValue(MetricCatalog.all.map { $0.name }, placeholder: "METRIC", naming: "metric"),
    absent: standard.joined(separator: ","), "what is measured")
  private static let images = Parameter.option(
    "images", IntegerValue(in: 1...1_000_000), default: 50, "how many pictures, spread over the set")
  private static let mask = Parameter.option(
    "mask", CaseValue(ExplanationMask.self), default: .top20,
    "what of a picture is its explanation: the hottest pixels, or each as strongly as it is hot")
  private static let save = Parameter.option(
    "save", PathValue(suffixes: [".csv"]),
    "a CSV file with a line for each picture and method; what it has is not done again")
  private static let standard = ["drop", "increase", "deletion", "insertion"]

  let signature = CommandSignature(
    "evaluate", "measures how well methods explain a data set", group: .comparing,
    parameters: [methods, on, metrics, images, mask, MethodOptions.classes, MethodOptions.layer, save],
    givesValue: true,
    examples: [
      "evaluate ablation-cam grad-cam", "evaluate grad-cam layer-cam on=photos metrics=drop,adcc images=200",
      "evaluate ablation-cam grad-cam images=1000 save=scores.csv",
    ],
    details: (MetricCatalog.all.map { "\($0.name): \($0.summary)" }
      + [
        "win: percent of the pictures whose drop is less than by every other method (with drop, where there are several methods)",
        "Where only the explanation is seen, the rest is black. Deletion and insertion take 28 steps. The measures called road add noise of deviation 0.01 to what they fill in, on the network's input; `set seed=` decides it. All are means over the pictures; where a score is not positive its drop is not defined, and that is counted. An interrupted evaluation goes on with the same `save=`: a line of the file counts for the same picture, weights, layer, mask, class, method, precision and seed.",
      ]).joined(separator: "\n\n"))

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let layers = try LayerReference(model).layers(of: try call[MethodOptions.layer])
    let names = try call[Self.metrics]
    let metrics = (names.isEmpty ? Self.standard : unique(names)).compactMap(MetricCatalog.metric)
    let methods = unique(try call[Self.methods]).compactMap(CAMCatalog.method)
    let classWord = try call.oneClass()
    let pictures = try EvaluatedPictures(
      try self.dataset(call, context), count: try call[Self.images], in: context)
    let run = EvaluationRun(
      model: model, methods: methods, layers: layers, metrics: metrics, mask: try call[Self.mask],
      classWord: classWord,
      isLayerChosen: call.isGiven(MethodOptions.layer), context: context)
    var log: EvaluationLog?
    if let file = try call[Self.save] { log = try EvaluationLog(file, heading: run.heading) }
    let progress = context.progress("evaluate", total: pictures.count, unit: "images")
    var rows: [EvaluationRow] = []
    do {
      while let image = try pictures.next() {
        for method in methods {
          try context.interrupt.check()
          let row = try Blame.on(call.span(of: Self.methods)) {
            try run.row(of: image, by: method, known: log?.row)
          }
          rows.append(row)
          try log?.add(row)
        }
        try progress.advance()
      }
    } catch {
      // What was measured stays, whatever ended it.
      try? log?.write()
      throw error
    }
    try log?.write()
    progress.finish()
    guard !rows.isEmpty else {
      throw Diagnostic("bad-image", "none of the pictures can be read", at: call.statement.verb.span)
    }
    return try .value(
      EvaluationTable(
        model: model.model.name, layers: run.layerNames,
        probability: model.model.graph.probability, dataset: pictures.name, mask: run.mask.rawValue,
        classText: classWord.text,
        methods: methods.map { $0.name }, metrics: metrics.map { $0.name }, rows: rows,
        skipped: pictures.skipped, file: log?.path), in: context)
  }

  private func dataset(_ call: Call, _ context: CommandContext) throws(Diagnostic) -> LoadedDataset? {
    if let word = try call[Self.on] {
      return try context.session.workspace.value(of: word, as: LoadedDataset.self)
    }
    return context.session.workspace.currentIfAny(LoadedDataset.self)
  }

  private func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }
}
