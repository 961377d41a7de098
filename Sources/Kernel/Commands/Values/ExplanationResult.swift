package import CAMRuntime
package import Display

/// One picture explained for one class.
package struct ExplainedImage {
  package let explanation: Explanation
  package let model: LoadedModel
  package let image: LoadedImage
  package let choice: ClassChoice
  /// Whether both signs are shown.
  package let isSigned: Bool
  /// How a reference work draws it, where its quirks were asked for.
  package let recipe: ReferenceRecipe?
  /// The shared options that are not the explanation's, and the method's own.
  package let options: [(name: String, value: JSONValue)]
  /// The options that are not at their defaults, as a person writes them.
  package let chosen: [String]

  package var className: String { model.className(choice.index) }

  /// The layers in words; of many that are fused, the first and the last.
  package func layerText(_ separator: String = " + ") -> String {
    let layers = explanation.layers
    guard let first = layers.first, let last = layers.last, layers.count > 4 else {
      return layers.joined(separator: separator)
    }
    return "\(first)\(separator)...\(separator)\(last) (\(layers.count) layers)"
  }

  /// Model, layer, class, score and time, then the warnings.
  package var text: String {
    ([caption] + explanation.warnings.map { "warning: \($0)" }).joined(separator: "\n")
  }

  /// Model, layer and class in one line, score and time in another.
  package var caption: String {
    let probability = model.model.probability(of: choice.index, in: explanation.logits)
    let seconds = explanation.seconds
    return [
      "\(explanation.method) of \(model.model.name) at \(layerText()) for \(image.name)\(truth): "
        + (isOfNoClass ? "no class, \(knownClass)" : signedClassName) + " (\(choice.index))",
      "\(explanation.score.kind.rawValue) \(NumberText.text(explanation.scoreValue, significant: 4)), "
        + "probability \(ProbabilityText.text(probability)); \(TimeText.text(seconds.network + seconds.method)) "
        + (seconds.network > 0
          ? "(network \(TimeText.text(seconds.network)), method \(TimeText.text(seconds.method)))"
          : "(the picture was known)")
        + (explanation.strategy.map { ", \($0.rawValue)" } ?? "") + precisionNote
        + (chosen.isEmpty ? "" : "; " + chosen.joined(separator: " ")) + rivals,
    ].joined(separator: "\n")
  }

  /// The classes that this one was told from, the first of them by name.
  private var rivals: String {
    let names = explanation.rivals.map { "\(model.className($0)) (\($0))" }
    guard !names.isEmpty else { return "" }
    return "\ncompared with " + names.prefix(5).joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }

  /// How long it took, and whether the pass through the network was known.
  var timeText: String {
    let seconds = explanation.seconds
    return TimeText.text(seconds.network + seconds.method) + (seconds.network > 0 ? "" : " (known)")
  }

  /// The class, and whether what speaks against it was asked for.
  var signedClassName: String { (choice.isCounterfactual ? "against " : "") + className }

  /// Whether the method does not look at the class: its map speaks for none.
  var isOfNoClass: Bool {
    CAMCatalog.method(named: explanation.method)?.disregards.contains(.classes) ?? false
  }

  /// What the map speaks for.
  var subject: String { isOfNoClass ? "no class" : signedClassName }

  /// Where the map speaks for no class: what the class is that score and probability are of.
  var knownClass: String {
    let logits = explanation.logits
    let isBest = logits.indices.contains(choice.index) && logits.allSatisfy { $0 <= logits[choice.index] }
    return (isBest && !choice.isCounterfactual ? "predicted " : "named ") + signedClassName
  }

  /// Why its heat shows no place, for a caption; nil where it does.
  var emptiness: String? {
    let map = isSigned ? explanation.signedMap : explanation.map
    if map.isZero { return "zero everywhere" }
    guard map.isConstant, map.count > 1 else { return nil }
    return "\(NumberText.text(Double(map.maximum), significant: 3)) everywhere"
  }

  /// What the picture truly shows, in brackets; nothing where nobody said.
  private var truth: String { trueName.map { " (truly \($0))" } ?? "" }

  /// In which format what was computed where it is not all the same.
  private var precisionNote: String {
    guard model.network.device.precision == .bfloat16 else { return "" }
    return ", \(explanation.format.rawValue)"
  }

  private var optionFacts: JSONObject {
    var facts = JSONObject()
    facts["activation"] = .string(explanation.activation.rawValue)
    facts["normalize"] = .string(explanation.normalization.rawValue)
    facts["signed"] = .bool(isSigned)
    for (name, value) in options { facts[name] = value }
    return facts
  }

  /// The machine-readable result.
  package var facts: JSONValue {
    [
      "verb": .string(explanation.method), "model": .string(model.model.name),
      "layer": .string(explanation.layers.joined(separator: ",")), "image": .string(image.name),
      "class": [
        "index": .integer(choice.index), "name": .string(model.className(choice.index)),
        "counterfactual": .bool(choice.isCounterfactual), "explained": .bool(!isOfNoClass),
      ],
      "compared": .array(
        explanation.rivals.map { ["index": .integer($0), "name": .string(model.className($0))] }),
      "true": image.trueFacts(in: model),
      "score": ["kind": .string(explanation.score.kind.rawValue), "value": .number(explanation.scoreValue)],
      "options": .object(optionFacts),
      "precision": .string(model.network.device.precision.rawValue),
      "strategy": explanation.strategy.map { .string($0.rawValue) } ?? .null,
      "seconds": [
        "network": .number(explanation.seconds.network), "method": .number(explanation.seconds.method),
      ],
      "map": [
        "shape": [.integer(explanation.map.height), .integer(explanation.map.width)],
        "min": .number(Double(explanation.map.minimum)), "max": .number(Double(explanation.map.maximum)),
      ],
      "warnings": .array(explanation.warnings.map { .string($0.description) }),
    ]
  }
}

extension ExplainedImage {
  /// What the picture truly shows, where its data set says so.
  var trueName: String? { image.trueName(in: model) }

  /// The panel of a sheet: the true class, the predicted one, and the explained one where it is neither.
  func prediction(_ truth: String, _ picture: Raster) -> PanelGrid.Panel {
    let logits = explanation.logits
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? choice.index
    var panel = PanelGrid.Panel.prediction(
      picture, true: truth, predicted: model.className(best),
      probability: model.model.probability(of: best, in: logits))
    if isOfNoClass {
      panel.captions = [PanelGrid.Line("for no class", .muted)]
    } else if choice.isCounterfactual || ![best, model.model.trueClass(of: image)].contains(choice.index) {
      panel.captions = [PanelGrid.Line("\(choice.isCounterfactual ? "against" : "for") \(className)", .muted)]
    }
    if let emptiness { panel.captions.append(PanelGrid.Line(emptiness, .muted)) }
    return panel
  }
}

extension [ExplainedImage] {
  /// What a grid of them does not say: how long they took together.
  var caption: String {
    guard count > 1, let first else { return first?.caption ?? "" }
    let seconds = reduce(0) { $0 + $1.explanation.seconds.network + $1.explanation.seconds.method }
    let strategies = Set(map { $0.explanation.strategy?.rawValue })
    return "\(count) maps in \(TimeText.text(seconds))"
      + (strategies.count == 1 ? first.explanation.strategy.map { ", \($0.rawValue)" } ?? "" : "")
      + (first.chosen.isEmpty ? "" : "; " + first.chosen.joined(separator: " "))
  }

  /// The warnings of all, the first ones where they are many; where there are several results, each says whose it is.
  var warnings: [String] {
    let all = allWarnings
    return all.count <= 8 ? all : all.prefix(7) + ["and \(all.count - 7) more"]
  }

  private var allWarnings: [String] {
    flatMap { item in
      item.explanation.warnings.map {
        count == 1
          ? $0.description : "\(item.explanation.method), \(item.image.name), \(item.className): \($0)"
      }
    }
  }
}

/// What a method's verb gives: one explained picture, or several.
package struct ExplanationResult: SessionValue {
  package static let noun = "explanation"

  package let items: [ExplainedImage]
  private let look: HeatLook

  package init(_ items: [ExplainedImage], look: HeatLook = HeatLook()) {
    self.items = items
    self.look = look
  }

  package var summary: String { items.map(\.text).joined(separator: "\n") }

  package var facts: JSONValue {
    items.count == 1
      ? items[0].facts
      : ["verb": .string(items.first?.explanation.method ?? ""), "results": .array(items.map(\.facts))]
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    try drawnBundle(with: settings, look: look, facts: facts)
      .saying(items.caption, warnings: items.warnings)
  }
}

extension ExplanationResult: HeatValue, FactualValue {
  package func drawn(_ look: HeatLook) -> any SessionValue {
    ExplanationResult(items, look: look.over(self.look))
  }
}

extension ExplanationResult: DrawnValue, SavableValue {
  package func panels(with settings: Settings, look: HeatLook) throws -> [PanelGrid.Panel] {
    let merged = look.over(self.look)
    return try items.map { item in
      try settings.interrupt?.check()
      if let truth = item.trueName {
        var panel = try item.prediction(truth, item.picture(with: settings, look: merged))
        panel.heat = try item.scale(with: settings, look: merged)
        return panel
      }
      let probability = item.model.model.probability(of: item.choice.index, in: item.explanation.logits)
      var panel = PanelGrid.Panel(
        try item.picture(with: settings, look: merged),
        titles: [
          PanelGrid.Line(item.explanation.method, .strong),
          PanelGrid.Line(item.subject),
        ],
        captions: [
          PanelGrid.Line(
            "\(item.model.model.name) \(item.layerText("+"))", .muted)
        ] + (item.isOfNoClass ? [PanelGrid.Line(item.knownClass, .muted)] : []) + [
          PanelGrid.Line("probability \(ProbabilityText.text(probability))", .muted)
        ] + (item.emptiness.map { [PanelGrid.Line($0, .muted)] } ?? []))
      panel.heat = try item.scale(with: settings, look: merged)
      return panel
    }
  }

  /// Panels of a batch say what is true and what was predicted, so the rest stands over them once.
  package var heading: String {
    guard let first = items.first, items.allSatisfy({ $0.trueName != nil }) else { return "" }
    return "\(first.explanation.method) of \(first.model.model.name) at "
      + first.layerText()
  }

  package var notes: PictureNotes { .notes(of: items, summary) }

  package var partNames: [String] {
    ["overlay", "heatmap", "map", "weights", "activations", "logits"]
      + (items.contains { $0.explanation.picture != nil } ? ["gradient"] : [])
  }

  package func part(_ name: String, with settings: Settings) throws -> SavedPart {
    let parts = try items.map { try part(name, of: $0, with: settings) }
    guard parts.count > 1 else { return parts.first ?? .array(shape: [0], values: []) }
    // Of several the first dimension counts them.
    var shape: [Int]?
    var all: [Float] = []
    for case .array(let own, let values) in parts where shape == nil || shape == own {
      shape = own
      all += values
    }
    guard let shape, all.count == parts.count * shape.reduce(1, *) else {
      throw Diagnostic(
        "several-results",
        "the \(name) of \(items.count) explanations cannot be saved as one: their sizes differ",
        hints: ["explain one image at one layer by one method"])
    }
    return .array(shape: [parts.count] + shape, values: all)
  }

  private func part(
    _ name: String, of item: ExplainedImage, with settings: Settings
  ) throws -> SavedPart {
    let explanation = item.explanation
    switch name {
    case "overlay": return .picture(try item.picture(with: settings, look: look))
    case "heatmap":
      return .picture(try item.picture(with: settings, look: look.heatAlone))
    case "map":
      return .array(shape: [explanation.map.height, explanation.map.width], values: explanation.map.values)
    case "weights":
      guard let weights = explanation.weights else {
        throw Diagnostic(
          "no-such-part", "\(explanation.method) has no weights: its map is not a weighted sum")
      }
      return .array(shape: [weights.count], values: weights)
    case "gradient":
      guard let picture = explanation.picture else {
        throw Diagnostic("no-such-part", "\(explanation.method) has no gradient at the picture")
      }
      return .array(shape: picture.shape.dimensions, values: picture.values)
    case "activations":
      let maps = explanation.activations
      return .array(shape: [maps.channels, maps.height, maps.width], values: maps.tensor.values)
    default: return .array(shape: [explanation.logits.count], values: explanation.logits.map(Float.init))
    }
  }
}
