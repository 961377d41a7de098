package import Display

/// Composes kept results into one picture.
struct FigureCommand: Command {
  private static let results = Parameter.several(
    "result", NameValue(.value), atLeast: 1, "kept results, in the order of reading")
  private static let columns = Parameter.option(
    "columns", IntegerValue(in: 1...32), absent: "up to 4", "how many pictures stand side by side")
  private static let titles = Parameter.list(
    "titles", TextValue(), absent: "the results' own", "a title for each picture")
  private static let width = Parameter.option(
    "width", IntegerValue(in: 32...1000), default: 224, "how wide a picture is, in pixels of the page")

  let signature = CommandSignature(
    "figure", "composes kept results into one picture", group: .results,
    parameters: [results, columns, titles, width, MethodOptions.colormap, MethodOptions.alpha],
    givesValue: true,
    examples: [
      "figure first second", "figure first second columns=1 titles=\"Ablation-CAM\",Grad-CAM as both",
    ],
    details:
      "All pictures are drawn with one alpha and one colour map. `save NAME figure.svg` writes it sharp at any size."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let look = try MethodOptions.look(call)
    var panels: [PanelGrid.Panel] = []
    var notes: PictureNotes = []
    for word in try call[Self.results] {
      let value = try context.session.workspace.anyValue(of: word)
      guard let drawn = value as? any DrawnValue else {
        throw Diagnostic(
          "wrong-kind", "'\(word.text)' is a \(type(of: value).noun), which has no picture", at: word.span)
      }
      panels += try drawn.panels(with: context.session.settings, look: look)
      for note in drawn.notes { notes.add(note) }
    }
    let titles = try call[Self.titles]
    guard titles.isEmpty || titles.count == panels.count else {
      throw Diagnostic(
        "wrong-count",
        "each picture takes a title: there are \(panels.count), and titles for \(titles.count)",
        at: call.span(of: Self.titles))
    }
    for (index, title) in titles.enumerated() { panels[index].titles = [PanelGrid.Line(title, .strong)] }
    let columns = try call[Self.columns]
    var grid = PanelGrid(
      panels, columns: columns ?? min(4, panels.count), panelWidth: Double(try call[Self.width]))
    if columns != nil { grid.wrapping = .never }
    return try .value(ComposedFigure(grid: grid, count: panels.count, notes: notes), in: context)
  }
}

/// A figure made of kept results.
package struct ComposedFigure: FigureValue {
  package static let noun = "figure"
  private let figure: any Figure
  package let notes: PictureNotes
  private let count: Int

  init(grid: PanelGrid, count: Int, notes: PictureNotes) {
    figure = grid
    self.count = count
    self.notes = notes
  }

  package func figure(with settings: Settings) -> any Figure { figure }

  package var summary: String { "figure of \(figure.altText)" }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    .figure(
      try settings.picture(of: figure, notes: notes), text: summary,
      facts: ["verb": "figure", "pictures": .integer(count)])
  }
}
