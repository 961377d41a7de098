internal import CAMRuntime

/// How long methods take on the current picture, the forward pass as the measure; Ablation-CAM also by its plain loop.
struct BenchmarkCommand: Command {
  private static let methods = Parameter.several(
    "method", ChoiceValue(CAMCatalog.all.map { $0.name }, placeholder: "METHOD", naming: "method"),
    "the methods; without any ablation-cam and grad-cam")
  private static let runs = Parameter.option(
    "runs", IntegerValue(in: 1...1_000), default: 5, "times that each runs")
  private static let naive = Parameter.option(
    "naive", ChoiceValue(["estimate", "full", "none"]), default: "estimate",
    "the plain loop of ablation-cam: from 8 of its passes, all of them, or not at all")

  let signature = CommandSignature(
    "benchmark", "measures how long methods take", group: .comparing,
    parameters: [methods, runs, naive, MethodOptions.image, MethodOptions.layer], givesValue: true,
    examples: ["benchmark", "benchmark ablation-cam grad-cam score-cam runs=3"],
    details:
      "Whole calls from the picture in memory to the map, nothing kept from one run to the next; the median of the runs."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let images = try context.images(of: call.words(of: MethodOptions.image)).images
    // Of current pictures the first is taken, and its name said.
    guard let image = images.first, images.count == 1 || !call.isGiven(MethodOptions.image) else {
      throw Diagnostic(
        "several-images", "benchmark looks at one picture, found \(images.count)",
        at: call.span(of: MethodOptions.image))
    }
    let layer = try call.oneLayer(of: model)
    let names = try call[Self.methods]
    let types = (names.isEmpty ? ["ablation-cam", "grad-cam"] : names).compactMap {
      CAMCatalog.method(named: $0)
    }
    let runs = try call[Self.runs]
    let naive = try call[Self.naive]
    let timing = BenchmarkRun(model: model, image: image, layer: layer, context: context)
    let progress = context.progress("benchmark", total: types.count + 1, unit: "methods")
    var rows: [BenchmarkTable.Row] = []
    let forward = try timing.forward(runs: runs)
    try progress.advance()
    for type in types {
      rows += try Blame.on(call.span(of: Self.methods)) {
        try timing.rows(of: type, runs: runs, naive: naive)
      }
      try progress.advance(note: type.name)
    }
    progress.finish()
    let logits = try model.logits(of: image)
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    let table = BenchmarkTable(
      model: model.model.name, image: image.name, className: model.className(best), classIndex: best,
      logit: logits[best], layer: model.model.graph.bestName(of: layer), runs: runs,
      forward: forward, rows: rows)
    return try .value(table, in: context)
  }
}

/// The measuring.
struct BenchmarkRun {
  let model: LoadedModel
  let image: LoadedImage
  let layer: NodeID
  let context: CommandContext
  /// Passes of the plain loop that an estimate rests on.
  private static let samplePasses = 8

  /// Seconds of a forward pass, preprocessing included.
  func forward(runs: Int) throws -> Double {
    try median(runs) {
      let input = try model.bridge(for: image).input(of: image.raster)
      _ = try model.network.forward(input)
    }
  }

  /// The rows of a method; two for ablation-cam, by its strategy and by the plain loop.
  func rows(of type: any CAMMethod.Type, runs: Int, naive: String) throws -> [BenchmarkTable.Row] {
    let method = try type.init(MethodArguments(for: type))
    let logits = try model.logits(of: image)
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    let request = ExplanationRequest(
      method, layers: Array(repeating: layer, count: type.minimumLayers),
      score: Score(type.score(asProbability: model.model.graph.probability), classIndex: best))
    var strategy: AblationStrategy?
    let seconds = try median(runs) {
      let explainer = Explainer(model.network, inputScale: model.explainer.inputScale)
      let input = try model.bridge(for: image).input(of: image.raster)
      strategy = try explainer.explain(input, request).strategy
    }
    var rows = [BenchmarkTable.Row(method: type.name, way: strategy?.rawValue ?? "", seconds: seconds)]
    if type == AblationCAM.self, naive != "none" { rows.append(try naiveRow(isWhole: naive == "full", best)) }
    return rows
  }

  private func naiveRow(isWhole: Bool, _ classIndex: Int) throws -> BenchmarkTable.Row {
    let input = try model.input(of: image)
    let probe = try model.explainer.probe(input, at: layer)
    let channels = probe.maps.channels
    if isWhole {
      let watch = Stopwatch()
      _ = try AblationEngine(of: probe, unit: .channel, baseline: .zero).deltas(by: .naive)
      return .init(method: "ablation-cam", way: "plain loop, \(channels) passes", seconds: watch.seconds)
    }
    let passes = min(Self.samplePasses, channels)
    let seconds = try median(passes) {
      try context.interrupt.check()
      let pass = try model.network.forward(input, keeping: [layer])
      _ = try model.network.tail(after: layer, edits: probe.maps.tensor, base: pass)
    }
    return .init(
      method: "ablation-cam", way: "plain loop, estimated from \(passes) of \(channels) passes",
      seconds: seconds * Double(channels + 1))
  }

  private func median(_ runs: Int, _ body: () throws -> Void) throws -> Double {
    var times: [Double] = []
    for _ in 0..<max(runs, 1) {
      try context.interrupt.check()
      let watch = Stopwatch()
      try body()
      times.append(watch.seconds)
    }
    return times.sorted()[times.count / 2]
  }
}

/// The table of a benchmark.
struct BenchmarkTable: SessionValue {
  static let noun = "benchmark"

  struct Row {
    let method: String
    let way: String
    let seconds: Double
  }

  let model: String
  let image: String
  /// The most probable class, which every method explains.
  let className: String
  let classIndex: Int
  let logit: Double
  let layer: String
  let runs: Int
  let forward: Double
  let rows: [Row]

  var summary: String {
    "\(heading): "
      + rows.map { "\($0.method) \(TimeText.text($0.seconds))" }.joined(separator: ", ")
  }

  private var heading: String {
    "\(model), layer \(layer), \(image): \(className) (\(classIndex)), logit \(NumberText.text(logit, significant: 4)), "
      + Self.median(of: runs)
  }

  private static func median(of runs: Int) -> String { runs == 1 ? "one run" : "median of \(runs) runs" }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    let cells =
      [["forward pass", "", TimeText.text(forward), "1.00"]]
      + rows.map {
        [
          $0.method, $0.way, TimeText.text($0.seconds),
          NumberText.text($0.seconds / max(forward, 1e-9), decimals: 2),
        ]
      }
    var notes: [String] = []
    if let ablation = rows.first(where: { $0.method == "ablation-cam" && !$0.way.hasPrefix("plain") }) {
      if let grad = rows.first(where: { $0.method == "grad-cam" }) {
        notes.append(
          "ablation-cam / grad-cam: \(NumberText.text(ablation.seconds / grad.seconds, decimals: 2))")
      }
      if let plain = rows.first(where: { $0.way.hasPrefix("plain") }) {
        notes.append(
          "plain loop / ablation-cam: \(NumberText.text(plain.seconds / ablation.seconds, significant: 3))")
      }
    }
    var bundle = DisplayBundle.table(
      ["method", "way", "time", "forward passes"], cells,
      caption: "\(heading), picture to map", notes: notes)
    bundle.data.append(
      (
        DisplayBundle.factsType,
        [
          "verb": "benchmark", "model": .string(model), "layer": .string(layer), "image": .string(image),
          "class": ["index": .integer(classIndex), "name": .string(className)],
          "score": ["kind": "logit", "value": .number(logit)], "warnings": [],
          "runs": .integer(runs), "forward_seconds": .number(forward),
          "rows": .array(
            rows.map {
              ["method": .string($0.method), "way": .string($0.way), "seconds": .number($0.seconds)]
            }),
        ]
      ))
    return bundle
  }
}

extension BenchmarkTable: TableValue {
  var table: SavedTable {
    SavedTable(
      heading: ["method", "way", "seconds", "forward_passes"],
      rows: [["forward pass", "", "\(forward)", "1"]]
        + rows.map { [$0.method, $0.way, "\($0.seconds)", "\($0.seconds / max(forward, 1e-9))"] })
  }
}
