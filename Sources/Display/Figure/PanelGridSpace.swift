extension PanelGridLayout {
  /// How much room a grid has for its panels, and the way to set them out that leaves most to each.
  struct Space {
    /// The longer side below which what a picture shows is hard to make out.
    private static let legibleSide = 160.0
    /// What title and footer take of the height.
    private static let words = 90.0
    /// What the column headings of one more band take.
    private static let bandHeading = 40.0

    private let grid: PanelGrid
    /// Height over width of the tallest picture.
    let shape: Double
    /// What a row heading takes of the width.
    let rowHeading: Double
    /// The most lines that a row heading has room for.
    private let rowLines: Int?
    /// What the scale at the right takes of the width.
    let colorBar: Double

    /// The most lines that a row heading has.
    private static let mostRowLines = 4

    init(_ grid: PanelGrid, rowLines: Int? = nil) {
      self.grid = grid
      self.rowLines = rowLines
      let shapes = grid.panels.compactMap(\.picture).map { Double($0.height) / Double(max(1, $0.width)) }
      shape = min(shapes.max() ?? 1, 3)
      rowHeading =
        grid.rowHeadings.isEmpty
        ? 0 : FigureStyle.leading(FigureStyle.headingSize) * Double(rowLines ?? 1) + 4
      colorBar = grid.colorBar.map { $0.width + gap } ?? 0
    }

    /// The arrangement and the width of a panel: as the grid says where its panels are legible so, else the one with the
    /// widest panels; the page grows in height where none of them is legible within a notebook's picture.
    func best() -> (PanelArrangement, panelWidth: Double) {
      let candidates = PanelArrangement.candidates(for: grid)
      let least = min(grid.panelWidth, (Self.legibleSide / max(1, shape)).rounded(.up))
      var best = (candidates[0], width(candidates[0], within: FigureRenderer.longestSide))
      guard grid.wrapping != .never, best.1 < least else { return best }
      for candidate in candidates {
        let width = width(candidate, within: FigureRenderer.longestSide)
        if width > best.1 { best = (candidate, width) }
      }
      guard best.1 < least else { return best }
      for candidate in candidates {
        let width = min(least, width(candidate, within: FigureRenderer.greatestHeight))
        if width > best.1 || (width == best.1 && candidate.rows < best.0.rows) { best = (candidate, width) }
      }
      return best
    }

    /// The lines of a row's heading, at the left of panels of a width.
    func rowHeading(_ text: String, where width: Double) -> [String] {
      TextMeasure.wrapped(
        text, to: (width * shape).rounded(), lines: rowLines ?? Self.mostRowLines,
        size: FigureStyle.headingSize,
        weight: .bold, breaksWords: true)
    }

    /// The most lines that a row's heading takes there.
    func rowLines(where width: Double) -> Int {
      grid.rowHeadings.map { rowHeading($0, where: width).count }.max() ?? 1
    }

    /// How many lines the titles and captions of all rows take together.
    private func lines(_ arrangement: PanelArrangement) -> Double {
      var titles = [Int](repeating: 0, count: max(1, arrangement.rows))
      var captions = titles
      for (index, panel) in grid.panels.enumerated() {
        let row = arrangement.place(of: index).row
        titles[row] = max(titles[row], panel.titles.count)
        captions[row] = max(captions[row], panel.captions.count)
      }
      return Double((titles + captions).reduce(0, +))
    }

    private func width(_ arrangement: PanelArrangement, within height: Double) -> Double {
      let columns = Double(arrangement.columns)
      let taken =
        2 * margin + rowHeading * Double(arrangement.groups) + colorBar + gap * (columns - 1)
      let across = (FigureRenderer.longestSide - taken) / columns
      let rows = Double(max(1, arrangement.rows))
      let left =
        height - Self.words - Self.bandHeading * Double(arrangement.bands - 1) - lines(arrangement) * line
        - rows * (10 + gap)
      return max(32, min(grid.panelWidth, across.rounded(.down), (left / rows / shape).rounded(.down)))
    }
  }
}
