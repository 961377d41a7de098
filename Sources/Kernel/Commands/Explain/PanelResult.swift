internal import CAMRuntime
package import Display

/// Explanations side by side in one figure: what `compare` and `sweep` give.
package struct PanelResult: SessionValue {
  package static let noun = "figure"

  /// The verb that made it.
  package let verb: String
  /// The explanations, row by row.
  package let items: [ExplainedImage]
  /// The number of panels in a row.
  package let columns: Int
  /// What stands over the columns.
  package let columnHeadings: [String]
  /// What stands at the left of the rows.
  package let rowHeadings: [String]
  /// What stands under each panel, in lines.
  package let captions: [String]
  private let look: HeatLook

  init(
    verb: String, items: [ExplainedImage], columns: Int, columnHeadings: [String] = [],
    rowHeadings: [String] = [], captions: [String], look: HeatLook
  ) {
    self.verb = verb
    self.items = items
    self.columns = columns
    self.columnHeadings = columnHeadings
    self.rowHeadings = rowHeadings
    self.captions = captions
    self.look = look
  }

  package var summary: String { items.map(\.text).joined(separator: "\n") }

  /// The figure: one strength and one scale of heat in all panels.
  package func grid(with settings: Settings) throws -> PanelGrid {
    let panels = try zip(items, captions).map { item, caption in
      try settings.interrupt?.check()
      var panel = PanelGrid.Panel(
        try item.picture(with: settings, look: look),
        captions: caption.split(separator: "\n").map { PanelGrid.Line(String($0)) })
      panel.heat = try item.scale(with: settings, look: look)
      return panel
    }
    var grid = PanelGrid(panels, columns: columns)
    grid.columnHeadings = columnHeadings
    grid.rowHeadings = rowHeadings
    grid.title = title
    return try grid.barred()
  }

  /// What all panels have in common and no heading says.
  private var title: String {
    guard let first = items.first else { return "" }
    func isCommon<Fact: Equatable>(_ fact: (ExplainedImage) -> Fact) -> Bool {
      items.allSatisfy { fact($0) == fact(first) }
    }
    var title = first.model.model.name
    if columnHeadings.isEmpty, isCommon(\.explanation.method) {
      title = "\(first.explanation.method) of \(title)"
    }
    if isCommon(\.explanation.layers) {
      title += " at \(first.layerText())"
    }
    if rowHeadings.isEmpty, isCommon(\.choice.index), isCommon(\.choice.isCounterfactual),
      isCommon(\.isOfNoClass)
    {
      title += (first.choice.isCounterfactual && !first.isOfNoClass ? " " : " for ") + first.subject
    }
    return title
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    let picture = try settings.picture(of: grid(with: settings), notes: notes)
    return .figure(picture, text: summary, facts: facts).saying(warnings: items.warnings)
  }
}

extension PanelResult: FigureValue, HeatValue, FactualValue {
  package var facts: JSONValue {
    [
      "verb": .string(verb), "model": .string(items.first?.model.model.name ?? ""),
      "columns": .integer(columns), "results": .array(items.map(\.facts)),
    ]
  }

  package func figure(with settings: Settings) throws -> any Figure { try grid(with: settings) }
  package var notes: PictureNotes { .notes(of: items, summary) }

  package func drawn(_ look: HeatLook) -> any SessionValue {
    PanelResult(
      verb: verb, items: items, columns: columns, columnHeadings: columnHeadings, rowHeadings: rowHeadings,
      captions: captions, look: look.over(self.look))
  }
}

extension PanelResult: DrawnValue, SavableValue {
  private var explanations: ExplanationResult { ExplanationResult(items, look: look) }

  package var partNames: [String] { explanations.partNames }

  package func part(_ name: String, with settings: Settings) throws -> SavedPart {
    try explanations.part(name, with: settings)
  }

  package func panels(with settings: Settings, look: HeatLook) throws -> [PanelGrid.Panel] {
    try explanations.panels(with: settings, look: look)
  }
}

extension ExplanationPlan {
  /// What stands at the left of a row of panels: the class, and behind it, where a narrow row cuts it, the picture where there are several.
  func rowHeading(_ row: some Collection<ExplainedImage>) -> String {
    guard let item = row.first else { return "" }
    let isOfNoClass = row.allSatisfy(\.isOfNoClass)
    let name = isOfNoClass ? "\(item.subject), \(item.knownClass)" : item.signedClassName
    return images.count > 1 ? "\(name), \(item.image.name)" : name
  }
}

extension DisplayBundle {
  /// A drawn figure with its text and the machine-readable result.
  static func figure(
    _ picture: NotebookPicture, text: String, facts: JSONValue?
  ) -> DisplayBundle {
    var data: [(type: String, content: JSONValue)] = [
      ("text/plain", .string(text)), ("image/png", .string(Base64.text(of: picture.png))),
    ]
    if let facts { data.append((factsType, facts)) }
    return DisplayBundle(
      data,
      metadata: [
        "image/png": DisplayBundle.pictureNotes(
          width: picture.width, height: picture.height, alt: picture.altText)
      ])
  }
}
