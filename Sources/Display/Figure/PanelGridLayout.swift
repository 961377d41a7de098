/// Where everything of a grid stands.
struct PanelGridLayout {
  private static let gap = 12.0
  private static let margin = FigureStyle.margin
  private static let lineSize = FigureStyle.textSize
  private static let line = FigureStyle.leading(FigureStyle.textSize)

  let size: Size
  private let grid: PanelGrid
  private let rows: Int
  private let panelWidth: Double
  private let panelHeight: Double
  private let left: Double
  private let firstRow: Double
  private let rowTops: [Double]
  private let titleHeights: [Double]
  private let captionHeights: [Double]
  private let headings: [[String]]
  private let titleLines: [String]
  private let footerLines: [String]

  init(_ grid: PanelGrid) {
    self.grid = grid
    let columns = grid.columns
    rows = (grid.panels.count + columns - 1) / columns
    left = Self.margin + (grid.rowHeadings.isEmpty ? 0 : FigureStyle.leading(FigureStyle.headingSize) + 4)
    let barWidth = grid.colorBar.map { $0.width + Self.gap } ?? 0
    let gaps = Self.gap * Double(columns - 1)
    var width = grid.panelWidth(reserved: left + Self.margin + barWidth, gaps: gaps)
    let shape = grid.panels.compactMap(\.picture).map { Double($0.height) / Double($0.width) }.max() ?? 1
    // A sheet of many rows is made narrower until it is not longer than a notebook's picture may be.
    let wordsPerRow = grid.panels.map { Double($0.titles.count + $0.captions.count) }.max() ?? 0
    let room = FigureRenderer.longestSide - 90 - Double(rows) * (wordsPerRow * Self.line + 10 + Self.gap)
    width = max(32, min(width, (room / Double(max(1, rows)) / shape).rounded(.down)))
    panelWidth = width
    panelHeight = (width * min(shape, 3)).rounded()
    let contentWidth = width * Double(columns) + gaps + barWidth
    let pageWidth = left + contentWidth + Self.margin

    titleLines =
      grid.title.isEmpty
      ? []
      : TextMeasure.wrapped(
        grid.title, to: pageWidth - 2 * Self.margin, lines: 2, size: FigureStyle.titleSize, weight: .bold)
    headings = grid.columnHeadings.map {
      TextMeasure.wrapped($0, to: width, lines: 2, size: FigureStyle.headingSize, weight: .bold)
    }
    footerLines = grid.footer.flatMap {
      TextMeasure.wrapped($0, to: pageWidth - 2 * Self.margin, lines: 4, size: FigureStyle.smallSize)
    }
    func lines(_ row: Int, _ kind: KeyPath<PanelGrid.Panel, [PanelGrid.Line]>) -> Double {
      let cells = grid.panels[(row * columns)..<min(grid.panels.count, (row + 1) * columns)]
      let most = cells.map { $0[keyPath: kind].count }.max() ?? 0
      return most == 0 ? 0 : Double(most) * Self.line + 4
    }
    titleHeights = (0..<rows).map { lines($0, \.titles) }
    captionHeights = (0..<rows).map { lines($0, \.captions) }
    var y = Self.margin
    y += Double(titleLines.count) * FigureStyle.leading(FigureStyle.titleSize) + (titleLines.isEmpty ? 0 : 6)
    let headingLines = headings.map(\.count).max() ?? 0
    y += Double(headingLines) * FigureStyle.leading(FigureStyle.headingSize) + (headingLines == 0 ? 0 : 4)
    firstRow = y
    var tops: [Double] = []
    for row in 0..<rows {
      tops.append(y)
      y += titleHeights[row] + panelHeight + captionHeights[row] + (row < rows - 1 ? Self.gap : 0)
    }
    rowTops = tops
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
    for (index, panel) in grid.panels.enumerated() { draw(panel, index, canvas) }
    if let bar = grid.colorBar, let last = rowTops.last {
      let top = firstRow + (titleHeights.first ?? 0)
      let x = left + Double(grid.columns) * (panelWidth + Self.gap)
      let bottom = last + (titleHeights.last ?? 0) + panelHeight
      bar.draw(on: canvas, in: Box(x: x, y: top, width: bar.width, height: bottom - top))
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
    for (column, lines) in headings.prefix(grid.columns).enumerated() {
      let x = left + Double(column) * (panelWidth + Self.gap) + panelWidth / 2
      for (index, line) in lines.enumerated() {
        let y = firstRow - 7 - Double(lines.count - 1 - index) * leading
        canvas.text(
          line, at: Point(x, y), size: FigureStyle.headingSize, FigureStyle.ink, weight: .bold,
          alignment: .center)
      }
    }
    for (row, heading) in grid.rowHeadings.prefix(rows).enumerated() {
      let y = rowTops[row] + titleHeights[row] + panelHeight / 2
      let text = TextMeasure.fitted(
        heading, to: panelHeight + titleHeights[row], size: FigureStyle.headingSize, weight: .bold)
      canvas.moved(to: Point(Self.margin + FigureStyle.headingSize - 2, y), turned: -Double.pi / 2) {
        canvas.text(
          text, at: Point(0, 0), size: FigureStyle.headingSize, FigureStyle.ink, weight: .bold,
          alignment: .center)
      }
    }
  }

  private func draw(_ panel: PanelGrid.Panel, _ index: Int, _ canvas: Canvas) {
    let row = index / grid.columns
    let x = left + Double(index % grid.columns) * (panelWidth + Self.gap)
    let top = rowTops[row] + titleHeights[row]
    let cell = Box(x: x, y: top, width: panelWidth, height: panelHeight)
    var pictureBottom = cell.maxY
    var pictureTop = top
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
