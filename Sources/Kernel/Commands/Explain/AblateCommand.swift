internal import CAMRuntime
internal import Display

/// What single units of a layer are worth: the drop of the score without each, and their maps.
struct AblateCommand: Command {
  private static let channels = Parameter.list(
    "channels", IntegerValue(in: 0...1_000_000), absent: "the five that matter most", "channels of the layer")
  private static let top = Parameter.option(
    "top", IntegerValue(in: 1...64), default: 5, "so many channels or positions that matter most")
  private static let locations = Parameter.list(
    "locations", TextValue("a position such as 3:4 (row:column), or all", placeholder: "ROW:COLUMN"),
    "positions of the layer in place of channels; all for those that matter most")
  private static let baseline = Parameter.option(
    "baseline", CaseValue(AblationBaseline.self), default: .zero, "what stands in the place of a unit")

  let signature = CommandSignature(
    "ablate", "shows how much the score drops without single units of a layer", group: .comparing,
    parameters: [
      channels, top, locations, baseline, MethodOptions.image, MethodOptions.classes,
      MethodOptions.layer, MethodOptions.score,
    ] + MethodOptions.drawing, givesValue: true,
    examples: ["ablate", "ablate channels=286,155", "ablate top=8", "ablate locations=3:4,0:0"],
    details: "The bars of the Ablation-CAM paper's first figure: the drop in percent of the score.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let model = try context.model()
    let images = try context.images(of: call.words(of: MethodOptions.image)).images
    guard let image = images.first, images.count == 1 else {
      throw Diagnostic(
        "several-images", "ablate looks at one picture, there are \(images.count)",
        at: call.span(of: MethodOptions.image))
    }
    let layer = try call.oneLayer(of: model), classWord = try call.oneClass()
    try refuseContradictions(call)
    let choice = try ClassReference(model).choice(of: classWord, for: image)
    let kind = try call[MethodOptions.score].flatMap(Score.Kind.init) ?? .logit
    let score = Score(kind, classIndex: choice.index, isCounterfactual: choice.isCounterfactual)
    let unit: AblationUnit = call.isGiven(Self.locations) ? .spatial : .channel
    let look = try HeatLook(call, with: context.session.settings)
    let start = Stopwatch()
    let probe = try Blame.on(call.span(of: MethodOptions.layer)) {
      try model.explainer.probe(
        try model.input(of: image), at: layer, for: unit == .channel ? .channelDrops : .drops)
    }
    let networkSeconds = start.seconds
    let baseline = try call[Self.baseline]
    let deltas = try LongWorkBar("ablate", in: context).part(model.network.meter) {
      try probe.unitDeltas(unit, baseline: baseline)
    }
    let (drops, warnings) = try probe.settledDrops(of: score, from: deltas, without: unit, baseline: baseline)
    let chosen = try units(call, unit, probe: probe, drops: drops)
    let value = probe.value(of: score)
    let notes = warnings + (value < 0 ? [.scoreNotPositive(score: value)] : [])
    let result = UnitDrops(
      model: model, image: image, layer: model.model.graph.bestName(of: layer), choice: choice, score: score,
      value: value, unit: unit, units: chosen, drops: chosen.map { drops[$0] },
      maps: probe.maps, baseline: baseline, strategy: deltas.strategy,
      seconds: (networkSeconds, start.seconds - networkSeconds),
      warnings: notes.map(\.description), look: look)
    return try .value(result, in: context)
  }

  /// Refuses options of which one would be passed over.
  private func refuseContradictions(_ call: Call) throws(Diagnostic) {
    let namesPlaces = call.isGiven(Self.locations) && !Self.areAll(call.words(of: Self.locations))
    if call.isGiven(Self.channels), call.isGiven(Self.locations) {
      throw Diagnostic(
        "unfit-option", "ablate takes channels or locations, not both", at: call.span(of: Self.locations))
    }
    if call.isGiven(Self.top), call.isGiven(Self.channels) || namesPlaces {
      throw Diagnostic(
        "unfit-option", "top= takes those that matter most, but they are named here",
        at: call.span(of: Self.top))
    }
  }

  /// The units that are shown: those named, or those of the greatest drops.
  private func units(_ call: Call, _ unit: AblationUnit, probe: Probe, drops: [Double]) throws -> [Int] {
    let named =
      unit == .channel
      ? try call[Self.channels]
      : try positions(call.words(of: Self.locations), width: probe.maps.width, height: probe.maps.height)
    for number in named where !drops.indices.contains(number) {
      throw Diagnostic(
        "unknown-unit", "there is no channel \(number): the layer has \(drops.count)",
        at: call.span(of: Self.channels))
    }
    // One that is named again is the same one, as with layers.
    var seen: Set<Int> = []
    guard named.isEmpty else { return named.filter { seen.insert($0).inserted } }
    let top = min(try call[Self.top], drops.count)
    return Array(drops.indices.sorted { (drops[$0], $1) > (drops[$1], $0) }.prefix(top))
  }

  /// Whether `all` was written in place of positions.
  private static func areAll(_ words: [Word]) -> Bool {
    words.count == 1 && words[0].text.lowercased() == "all"
  }

  private func positions(_ words: [Word], width: Int, height: Int) throws(Diagnostic) -> [Int] {
    if Self.areAll(words) { return [] }
    var found: [Int] = []
    for word in words {
      let parts = word.text.split(separator: ":").map { Int($0) }
      guard parts.count == 2, let row = parts[0], let column = parts[1] else {
        throw .badValue(word, expected: "a position such as 3:4 (row:column)")
      }
      guard (0..<height).contains(row), (0..<width).contains(column) else {
        throw Diagnostic(
          "unknown-unit",
          "there is no position \(word.text): the layer's maps have \(height) rows and \(width) columns",
          at: word.span)
      }
      found.append(row * width + column)
    }
    return found
  }
}
