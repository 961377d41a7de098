internal import CAMRuntime
internal import Display

/// What single units of a layer are worth.
struct UnitDrops: SessionValue {
  static let noun = "table of drops"
  let model: LoadedModel
  let image: LoadedImage
  let layer: String
  let choice: ClassChoice
  let score: Score
  let value: Double
  let unit: AblationUnit
  let units: [Int]
  let drops: [Double]
  let maps: FeatureMaps
  let baseline: AblationBaseline
  let strategy: AblationStrategy
  let seconds: (network: Double, method: Double)
  let warnings: [String]
  let look: HeatLook

  var summary: String {
    "ablate \(image.name), \(model.model.name), layer \(layer), \(choice.isCounterfactual ? "against " : "")class "
      + "\(choice.index) \(model.className(choice.index)), "
      + "\(score.kind.rawValue) \(NumberText.text(value, significant: 4)), "
      + (baseline == .zero ? "" : "baseline \(baseline.rawValue), ")
      + "\(strategy.rawValue), \(TimeText.text(seconds.network + seconds.method))"
  }

  /// A unit as a person writes it.
  private func name(_ number: Int) -> String {
    unit == .channel ? String(number) : "\(number / maps.width):\(number % maps.width)"
  }

  /// The drop in percent of the score's magnitude.
  private func percent(_ drop: Double) -> Double? { value == 0 ? nil : 100 * drop / abs(value) }

  /// Small drops keep their digits.
  private static func text(_ percent: Double) -> String {
    (percent == 0 || abs(percent) >= 0.1
      ? NumberText.text(percent, decimals: 1) : NumberText.text(percent, significant: 2)) + "%"
  }

  func bundle(with settings: Settings) throws -> DisplayBundle {
    let most = drops.map { abs($0) }.max() ?? 0
    let rows = zip(units, drops).map { number, drop in
      [
        name(number), NumberText.text(drop, significant: 4),
        percent(drop).map(Self.text) ?? "-",
        String(repeating: "█", count: most > 0 ? Int((max(drop, 0) / most * 24).rounded()) : 0),
      ]
    }
    let heading = [unitName, "drop", "of the score", ""]
    let table = DisplayBundle.table(
      heading, rows, caption: summary, notes: warnings.map { "warning: \($0)" })
    // Without HTML: a frontend would show the table alone.
    return .figure(
      try settings.picture(of: figure(with: settings), notes: notes), text: table.plainText,
      facts: facts
    ).saying(warnings: warnings)
  }

  private var unitName: String { unit == .channel ? "channel" : "row:column" }

  /// The bars of the paper's first figure over each unit's own map on the picture.
  func figure(with settings: Settings) throws -> any Figure {
    let bars = zip(units, drops).map { number, drop in
      BarChart.Bar(
        "\(unit == .channel ? "channel" : "place") \(name(number))", percent(drop) ?? drop,
        text: percent(drop).map(Self.text))
    }
    let view = model.bridge(for: image).view(of: image.raster)
    let colors =
      ColormapCatalog.named(look.colormap ?? settings[SettingCatalog.colormap]) ?? ColormapCatalog.standard
    let panels = try units.map { number -> PanelGrid.Panel in
      let map: SaliencyMap
      switch unit {
      case .channel: map = Normalization.max(FinalActivation.relu(maps.plane(number)))
      case .spatial:
        var place = SaliencyMap(height: maps.height, width: maps.width, repeating: 0)
        place[number / maps.width, number % maps.width] = 1
        map = place
      }
      let picture = try look.drawn(
        over: view, colors, isSigned: false, alpha: settings[SettingCatalog.alpha], with: settings
      ) { TensorRaster.plane(of: map.resized(height: $1, width: $0)) }
      return PanelGrid.Panel(
        picture,
        captions: [PanelGrid.Line(name(number) + (map.maximum > 0 ? "" : ", zero everywhere"))])
    }
    var grid = PanelGrid(panels, columns: min(5, max(1, panels.count)))
    if try look.showsScale(with: settings) { grid.colorBar = ColorBar(colors, label: ColorBar.shareLabel) }
    var chart = BarChart(bars, width: max(grid.size.width, 480))
    chart.title =
      "\(model.model.name) at \(layer) \(choice.isCounterfactual ? "against" : "for") \(model.className(choice.index))"
    chart.axisName = "% drop of the class score (\(score.kind.rawValue))"
    return FigureStack(.vertical, [chart, grid])
  }

  /// The size of the maps, and the range of those that are shown: of channels, or of the drops of positions.
  private var mapFacts: JSONValue {
    let planes = unit == .channel ? units.map { maps.plane($0) } : []
    let values = unit == .channel ? planes.flatMap { [$0.minimum, $0.maximum] } : drops.map { Float($0) }
    return [
      "shape": [.integer(maps.height), .integer(maps.width)], "min": .number(Double(values.min() ?? 0)),
      "max": .number(Double(values.max() ?? 0)),
    ]
  }

  var facts: JSONValue {
    [
      "verb": "ablate", "model": .string(model.model.name), "image": .string(image.name),
      "layer": .string(layer),
      "class": [
        "index": .integer(choice.index), "name": .string(model.className(choice.index)),
        "counterfactual": .bool(choice.isCounterfactual),
      ],
      "score": ["kind": .string(score.kind.rawValue), "value": .number(value)],
      "unit": .string(unit.rawValue),
      "units": .array(
        zip(units, drops).map { number, drop in
          [
            "unit": .string(name(number)), "drop": .number(drop),
            "percent": percent(drop).map { .number($0) } ?? .null,
          ]
        }),
      "options": ["baseline": .string(baseline.rawValue)], "strategy": .string(strategy.rawValue),
      "seconds": ["network": .number(seconds.network), "method": .number(seconds.method)], "map": mapFacts,
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }
}

extension UnitDrops: TableValue {
  var table: SavedTable {
    SavedTable(
      heading: [unitName, "drop", "percent"],
      rows: zip(units, drops).map { [name($0), "\($1)", percent($1).map { "\($0)" } ?? ""] })
  }
}

extension UnitDrops: FigureValue, HeatValue, FactualValue {
  var notes: PictureNotes {
    [
      (key: "Model", text: model.model.name), (key: "Layer", text: layer),
      (
        key: "Class",
        text: "\(choice.isCounterfactual ? "-" : "")\(choice.index) \(model.className(choice.index))"
      ),
      (key: "Method", text: "ablate"),
      (key: "Score", text: "\(score.kind.rawValue) \(NumberText.text(value, significant: 6))"),
      (key: "Image", text: image.name),
    ] + .notes(summary)
  }

  func drawn(_ look: HeatLook) -> any SessionValue {
    UnitDrops(
      model: model, image: image, layer: layer, choice: choice, score: score, value: value, unit: unit,
      units: units, drops: drops, maps: maps, baseline: baseline, strategy: strategy, seconds: seconds,
      warnings: warnings, look: look.over(self.look))
  }
}
