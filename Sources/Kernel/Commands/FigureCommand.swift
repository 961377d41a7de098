package import Display

/// Composes kept results into one picture.
struct FigureCommand: Command {
  private static let results = Parameter.several(
    "result", NameValue(.value), atLeast: 1, "kept results, in the order of reading")
  private static let columns = Parameter.option(
    "columns", IntegerValue(in: 1...32), absent: "up to 4", "how many pictures stand side by side")
  private static let titles = Parameter.list(
    "titles", TextValue(), absent: "the results' own",
    "a title for each picture in place of its first line")
  private static let width = Parameter.option(
    "width", IntegerValue(in: 32...1000), default: 224, "how wide a picture is, in pixels of the page")

  let signature = CommandSignature(
    "figure", "composes kept results into one picture", group: .results,
    parameters: [results, columns, titles, width] + MethodOptions.drawing,
    givesValue: true,
    examples: [
      "figure first second", "figure first second colorbar=yes",
      "figure first second columns=1 titles=\"Ablation-CAM\",Grad-CAM as both",
    ],
    details:
      "All pictures are drawn with one alpha and one colour map. `save NAME figure.svg` writes it sharp at any size."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    var look = try HeatLook(call)
    // Its own, whatever the results were kept with: one scale for all.
    look.hasColorBar = try call[MethodOptions.colorbar]
    var panels: [PanelGrid.Panel] = []
    var notes: PictureNotes = []
    var values: [any SessionValue] = []
    for word in try call[Self.results] {
      let value = try context.session.workspace.anyValue(of: word)
      let place = call.span(of: MethodOptions.drawing.last(where: call.isGiven) ?? Self.results)
      let (found, about) = try Blame.on(place) {
        try pictures(of: value, word, look, context.session.settings)
      }
      panels += found
      for note in about { notes.add(note) }
      values.append(value)
    }
    let titles = try call[Self.titles]
    guard titles.isEmpty || titles.count == panels.count else {
      throw Diagnostic(
        "wrong-count",
        "each picture takes a title: there are \(panels.count), and titles for \(titles.count)",
        at: call.span(of: Self.titles))
    }
    for (index, title) in titles.enumerated() { panels[index].retitle(title) }
    let columns = try call[Self.columns]
    var grid = PanelGrid(
      panels, columns: columns ?? min(4, panels.count), panelWidth: Double(try call[Self.width]))
    if columns != nil { grid.wrapping = .never }
    grid = try Blame.on(call.span(of: MethodOptions.colorbar)) { try grid.barred() }
    if look.hasColorBar == true, grid.colorBar == nil {
      throw Diagnostic(
        "unfit-option", "none of the pictures has heat to tell the scale of",
        at: call.span(of: MethodOptions.colorbar))
    }
    let figure = ComposedFigure(grid: grid, titles: titles, values: values, notes: notes)
    return try .value(figure, in: context)
  }

  /// The pictures of a value: its own, or the one figure that it is drawn as.
  private func pictures(
    of value: any SessionValue, _ word: Word, _ look: HeatLook, _ settings: Settings
  ) throws -> ([PanelGrid.Panel], PictureNotes) {
    if let drawn = value as? any DrawnValue {
      return (try drawn.panels(with: settings, look: look), drawn.notes)
    }
    guard let figure = ((value as? any HeatValue)?.drawn(look) ?? value) as? any FigureValue else {
      throw Diagnostic(
        "wrong-kind", "'\(word.text)' is a \(type(of: value).noun), which has no picture", at: word.span)
    }
    let picture = try Blame.on(word.span) { try FigureRenderer.raster(of: figure.figure(with: settings)) }
    return ([PanelGrid.Panel(picture)], figure.notes)
  }
}

/// A figure made of kept results.
package struct ComposedFigure: FigureValue, FactualValue {
  package static let noun = "figure"
  private let figure: any Figure
  package let notes: PictureNotes
  private let count: Int
  private let titles: [String]
  private let values: [any SessionValue]

  init(grid: PanelGrid, titles: [String], values: [any SessionValue], notes: PictureNotes) {
    figure = grid
    count = grid.panels.count
    self.titles = titles
    self.values = values
    self.notes = notes
  }

  package func figure(with settings: Settings) -> any Figure { figure }

  /// What it is of: model, layer, class, score and time of each result.
  package var summary: String {
    let titles = titles.isEmpty ? "" : ": " + titles.joined(separator: ", ")
    let heading = "figure of \(count) \(count == 1 ? "picture" : "pictures")\(titles)"
    return ([heading] + values.map(\.summary)).joined(separator: "\n")
  }

  package var facts: JSONValue {
    [
      "verb": "figure", "pictures": .integer(count), "titles": .array(titles.map { .string($0) }),
      "results": .array(
        values.map { value in
          (value as? any FactualValue)?.facts
            ?? ["kind": .string(type(of: value).noun), "summary": .string(value.summary)]
        }),
    ]
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    .figure(try settings.picture(of: figure, notes: notes), text: summary, facts: facts)
  }
}
