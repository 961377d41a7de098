internal import CAMRuntime
internal import Display

/// Two explanations against each other: their signed difference and their correlation.
struct DiffCommand: Command {
  private static let first = Parameter.required(
    "first", NameValue(.explanation, placeholder: "A"), "a kept result")
  private static let second = Parameter.required(
    "second", NameValue(.explanation, placeholder: "B"), "another one")

  let signature = CommandSignature(
    "diff", "shows where two explanations differ", group: .comparing, parameters: [first, second],
    givesValue: true, examples: ["diff mine theirs"],
    details:
      "Both maps are scaled, brought to the larger one's size and subtracted; the correlation is Pearson's.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let left = try item(try call[Self.first], context)
    let right = try item(try call[Self.second], context)
    return try .value(MapDifference(left, right), in: context)
  }

  private func item(_ word: Word, _ context: CommandContext) throws -> ExplainedImage {
    let result = try context.session.workspace.value(of: word, as: ExplanationResult.self)
    guard let item = result.items.first, result.items.count == 1 else {
      throw Diagnostic(
        "several-results", "'\(word.text)' holds \(result.items.count) explanations, diff takes one",
        at: word.span)
    }
    return item
  }
}

/// The difference of two explanations.
struct MapDifference: SessionValue {
  static let noun = "difference"
  /// A difference of maps that end at one gets full colour from here on.
  private static let leastReach = 0.05
  private static let alpha = 0.6
  private let left: ExplainedImage
  private let right: ExplainedImage
  private let look: HeatLook
  let map: SaliencyMap
  let correlation: Double?

  init(_ left: ExplainedImage, _ right: ExplainedImage, look: HeatLook = HeatLook()) {
    self.left = left
    self.right = right
    self.look = look
    let height = max(left.explanation.map.height, right.explanation.map.height)
    let width = max(left.explanation.map.width, right.explanation.map.width)
    let first = Normalization.max(left.explanation.map).resized(height: height, width: width)
    let second = Normalization.max(right.explanation.map).resized(height: height, width: width)
    map = first.combined(with: second, -)
    correlation = first.correlation(with: second)
  }

  /// A and B with model, layer, class, score and time, then what tells them apart.
  var summary: String {
    let colours = greatest > 0 && look.colormap == nil ? "; red: A is greater, blue: B" : ""
    return
      (["A  \(left.text)", "B  \(right.text)", "A - B: \(finding)\(colours)"]
      + warnings.map { "warning: \($0)" }).joined(separator: "\n")
  }

  private var finding: String { findings.joined(separator: ", ") }

  private var findings: [String] {
    let text = correlation.map { NumberText.text($0, decimals: 4) } ?? "undefined, one map is constant"
    return ["correlation \(text)", "greatest difference \(NumberText.text(greatest, significant: 4))"]
  }

  private var warnings: [String] {
    left.image === right.image
      || (left.image.raster == right.image.raster && left.image.crops == right.image.crops)
      ? [] : ["A and B explain different pictures, '\(left.image.name)' and '\(right.image.name)'"]
  }

  private var greatest: Double { Double(map.values.reduce(Float(0)) { max($0, abs($1)) }) }

  /// The difference over A's picture.
  private func picture(_ look: HeatLook, _ settings: Settings) throws -> Raster {
    let view = left.model.bridge(for: left.image).view(of: left.image.raster)
    return try look.drawn(
      over: view, colours(look), isSigned: true, alpha: Self.alpha, with: settings, heat: heat)
  }

  private func colours(_ look: HeatLook) -> Colormap {
    look.colormap.flatMap(ColormapCatalog.named) ?? ColormapCatalog.signedStandard
  }

  /// Differences that nobody would call any stay without colour.
  private var reach: Double { max(greatest, Self.leastReach) }

  /// The difference at a size, nothing in the middle of 0 to 1.
  private func heat(width: Int, height: Int) -> Plane {
    let reach = Float(reach)
    return TensorRaster.plane(of: map.resized(height: height, width: width)).scaled(from: -reach, to: reach)
  }

  var facts: JSONValue {
    [
      "verb": "diff", "correlation": correlation.map { .number($0) } ?? .null,
      "greatest_difference": .number(greatest), "a": left.facts, "b": right.facts,
      "map": [
        "shape": [.integer(map.height), .integer(map.width)], "min": .number(Double(map.minimum)),
        "max": .number(Double(map.maximum)),
      ],
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    try drawnBundle(with: settings, look: look, facts: facts).saying(summary)
  }
}

extension MapDifference: DrawnValue, HeatValue, SavableValue, FactualValue {
  func drawn(_ look: HeatLook) -> any SessionValue {
    MapDifference(left, right, look: look.over(self.look))
  }

  func panels(with settings: Settings, look: HeatLook) throws -> [PanelGrid.Panel] {
    let look = look.over(self.look)
    var panel = PanelGrid.Panel(
      try picture(look, settings),
      titles: [
        PanelGrid.Line("\(left.explanation.method) - \(right.explanation.method)", .strong),
        PanelGrid.Line(contrast(\.subject)),
      ]
        + (left.model.model.name == right.model.model.name
          ? [] : [PanelGrid.Line(contrast(\.model.model.name))]),
      captions: findings.map { PanelGrid.Line($0, .muted) })
    if try look.showsScale(with: settings) {
      panel.heat = ColorBar(colours(look), from: -reach, to: reach, label: "A − B")
    }
    return [panel]
  }

  /// A fact that A and B have in common, or both where they differ.
  private func contrast(_ fact: (ExplainedImage) -> String) -> String {
    fact(left) == fact(right) ? fact(left) : "\(fact(left)) - \(fact(right))"
  }

  var notes: PictureNotes { .notes(of: [left, right], summary) }

  var partNames: [String] { ["overlay", "heatmap", "map"] }

  func part(_ name: String, with settings: Settings) throws -> SavedPart {
    switch name {
    case "map": .array(shape: [map.height, map.width], values: map.values)
    case "heatmap": .picture(try picture(look.heatAlone, settings))
    default: .picture(try picture(look, settings))
    }
  }
}
