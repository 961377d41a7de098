/// Where everything of a grid stands.
struct PanelGridLayout {
  static let gap = 12.0
  static let margin = FigureStyle.margin
  private static let lineSize = FigureStyle.textSize
  static let line = FigureStyle.leading(FigureStyle.textSize)

  let size: Size
  private let grid: PanelGrid
  private let arrangement: PanelArrangement
  private let panelWidth: Double
  private let panelHeight: Double
  /// Where each column of the page begins.
  private let lefts: [Double]
  /// Where the pictures of each row of the page begin.
  private let tops: [Double]
  private let headings: [(place: PanelArrangement.Heading, lines: [String])]
  private let rowHeadings: [(place: PanelArrangement.Heading, lines: [String])]
  private let titleHeights: [Double]
  private let titleLines: [String]
  private let footerLines: [String]

  init(_ grid: PanelGrid) {
    self.grid = grid
    var space = Space(grid)
    var (arrangement, width) = space.best()
    // How long a row is says how many lines its heading takes, and those take of the rows.
    let most = space.rowLines(where: width)
    if most > 1 {
      space = Space(grid, rowLines: most)
      (arrangement, width) = space.best()
    }
    self.arrangement = arrangement
    panelWidth = width
    panelHeight = (width * space.shape).rounded()
    rowHeadings = arrangement.rowHeadings(grid.rowHeadings).map {
      ($0, space.rowHeading($0.text, where: width))
    }
    lefts = (0..<arrangement.columns).map { [arrangement] column in
      Self.margin + space.rowHeading * Double(arrangement.group(of: column) + 1)
        + Double(column) * (width + Self.gap)
    }
    let pageWidth = (lefts.last ?? 0) + width + space.colorBar + Self.margin
    titleLines =
      grid.title.isEmpty
      ? []
      : TextMeasure.wrapped(
        grid.title, to: pageWidth - 2 * Self.margin, lines: 2, size: FigureStyle.titleSize, weight: .bold)
    headings = arrangement.columnHeadings(grid.columnHeadings).map { place in
      (
        place,
        TextMeasure.wrapped(place.text, to: width, lines: 2, size: FigureStyle.headingSize, weight: .bold)
      )
    }
    footerLines = grid.footer.flatMap {
      TextMeasure.wrapped($0, to: pageWidth - 2 * Self.margin, lines: 4, size: FigureStyle.smallSize)
    }
    var titles = [Int](repeating: 0, count: arrangement.rows)
    var captions = titles
    for (index, panel) in grid.panels.enumerated() {
      let row = arrangement.place(of: index).row
      titles[row] = max(titles[row], panel.titles.count)
      captions[row] = max(captions[row], panel.captions.count)
    }
    func height(_ lines: Int) -> Double { lines == 0 ? 0 : Double(lines) * Self.line + 4 }
    titleHeights = titles.map(height)
    var y = Self.margin
    y += Double(titleLines.count) * FigureStyle.leading(FigureStyle.titleSize) + (titleLines.isEmpty ? 0 : 6)
    var tops: [Double] = []
    for row in 0..<arrangement.rows {
      y += row == 0 ? 0 : Self.gap
      let most = headings.filter { $0.place.row == row }.map(\.lines.count).max() ?? 0
      y += most == 0 ? 0 : Double(most) * FigureStyle.leading(FigureStyle.headingSize) + 4
      y += titleHeights[row]
      tops.append(y)
      y += panelHeight + height(captions[row])
    }
    self.tops = tops
    if !footerLines.isEmpty {
      y += 8 + Double(footerLines.count) * FigureStyle.leading(FigureStyle.smallSize)
    }
    size = Size(pageWidth, (y + Self.margin).rounded())
  }

  var photographArea: Double {
    Double(grid.panels.count { $0.picture != nil }) * panelWidth * panelHeight
  }

  func draw(on canvas: Canvas) {
    drawTitle(canvas)
    drawHeadings(canvas)
    for (index, panel) in grid.panels.enumerated() {
      guard !canvas.isStopped() else { return }
      draw(panel, index, canvas)
    }
    if let bar = grid.colorBar, let first = tops.first, let last = tops.last, let column = lefts.last {
      let x = column + panelWidth + Self.gap
      bar.draw(on: canvas, in: Box(x: x, y: first, width: bar.width, height: last + panelHeight - first))
    }
    drawFooter(canvas)
  }

  private func drawTitle(_ canvas: Canvas) {
    for (index, line) in titleLines.enumerated() {
      let y =
        Self.margin + FigureStyle.titleSize + Double(index) * FigureStyle.leading(FigureStyle.titleSize)
      canvas.text(
        line, at: Point(Self.margin, y), size: FigureStyle.titleSize, FigureStyle.ink, weight: .bold)
    }
  }

  private func drawHeadings(_ canvas: Canvas) {
    let leading = FigureStyle.leading(FigureStyle.headingSize)
    for (place, lines) in headings {
      let x = lefts[place.column] + panelWidth / 2
      let bottom = tops[place.row] - titleHeights[place.row] - 7
      for (index, line) in lines.enumerated() {
        let y = bottom - Double(lines.count - 1 - index) * leading
        canvas.text(
          line, at: Point(x, y), size: FigureStyle.headingSize, FigureStyle.ink, weight: .bold,
          alignment: .center)
      }
    }
    for (place, lines) in rowHeadings {
      let y = tops[place.row] + panelHeight / 2
      let x = lefts[place.column] - leading * Double(lines.count) - 4
      for (index, line) in lines.enumerated() {
        let baseline = x + Double(index) * leading + FigureStyle.headingSize - 2
        canvas.moved(to: Point(baseline, y), turned: -Double.pi / 2) {
          canvas.text(
            line, at: Point(0, 0), size: FigureStyle.headingSize, FigureStyle.ink, weight: .bold,
            alignment: .center)
        }
      }
    }
  }

  private func draw(_ panel: PanelGrid.Panel, _ index: Int, _ canvas: Canvas) {
    let place = arrangement.place(of: index)
    let cell = Box(x: lefts[place.column], y: tops[place.row], width: panelWidth, height: panelHeight)
    var pictureBottom = cell.maxY
    var pictureTop = cell.y
    if let picture = panel.picture {
      let box = cell.fitting(width: picture.width, height: picture.height)
      (pictureTop, pictureBottom) = (box.y, box.maxY)
      // Few pixels are shown as squares: a blurred 32 x 32 picture hides what the net saw.
      canvas.picture(picture, in: box, isSmooth: box.width <= Double(picture.width) * 3)
    } else {
      canvas.fill(cell, FigureStyle.placeholder, radius: 3)
    }
    for (place, line) in panel.titles.enumerated() {
      let y = pictureTop - 6 - Double(panel.titles.count - 1 - place) * Self.line
      write(line, Point(cell.midX, y), canvas)
    }
    for (place, line) in panel.captions.enumerated() {
      write(line, Point(cell.midX, pictureBottom + 13 + Double(place) * Self.line), canvas)
    }
  }

  private func write(_ line: PanelGrid.Line, _ place: Point, _ canvas: Canvas) {
    let weight: Canvas.Weight = line.tone == .strong ? .bold : .regular
    let color =
      switch line.tone {
      case .plain, .strong: FigureStyle.ink
      case .muted: FigureStyle.muted
      case .right: FigureStyle.good
      case .wrong: FigureStyle.bad
      }
    let text = TextMeasure.fitted(
      line.marked, to: panelWidth + Self.gap - 4, size: Self.lineSize, weight: weight)
    canvas.text(text, at: place, size: Self.lineSize, color, weight: weight, alignment: .center)
  }

  private func drawFooter(_ canvas: Canvas) {
    let leading = FigureStyle.leading(FigureStyle.smallSize)
    for (index, line) in footerLines.enumerated() {
      let y = size.height - Self.margin - Double(footerLines.count - 1 - index) * leading - 1
      canvas.text(line, at: Point(Self.margin, y), size: FigureStyle.smallSize, FigureStyle.muted)
    }
  }
}
