/// Lines over a common axis: losses and accuracies of a training, deletion and insertion curves.
package struct LineChart: Figure {
  /// How a line is drawn.
  package enum Stroke: Sendable {
    case solid
    case dashed
    /// Only its points.
    case dots
  }

  /// One line.
  ///
  /// Values that are no numbers leave a gap.
  package struct Series: Sendable {
    package let name: String
    package let points: [(x: Double, y: Double)]
    package let stroke: Stroke
    /// Which colour of the style; its place among the series where nil.
    package let colorIndex: Int?

    package init(
      _ name: String, _ points: [(x: Double, y: Double)], stroke: Stroke = .solid, colorIndex: Int? = nil
    ) {
      self.name = name
      self.points = points
      self.stroke = stroke
      self.colorIndex = colorIndex
    }

    /// Values at 1, 2, 3...
    package init(_ name: String, values: [Double], stroke: Stroke = .solid, colorIndex: Int? = nil) {
      self.init(
        name, values.enumerated().map { (Double($0.offset + 1), $0.element) }, stroke: stroke,
        colorIndex: colorIndex)
    }
  }

  package var title = ""
  package var xName = ""
  package var yName = ""
  package let series: [Series]
  /// Ends of the axes; those of the data where nil.
  ///
  /// A fixed axis keeps a live chart from jumping.
  package var xRange: (Double, Double)?
  package var yRange: (Double, Double)?
  /// Whether the values at x are counted, as epochs are: no number stands between whole ones.
  package var countsX = false
  /// The least length of the upright axis, so that small changes do not look like large ones.
  package var leastSpan = 0.0
  /// What the values of the upright axis cannot leave; an axis of `leastSpan` does not either.
  package var yLimits = (-Double.infinity, Double.infinity)
  /// Powers of ten on the upright axis.
  package var isLogarithmic = false
  package let size: Size

  package init(_ series: [Series], size: Size = Size(460, 300)) {
    self.series = series
    self.size = size
  }

  package var altText: String {
    let lines = series.compactMap { line in
      line.points.last.map {
        "\(line.name) ends at \(NumberText.short($0.y)) (\(xName.isEmpty ? "x" : xName) \(NumberText.short($0.x)))"
      }
    }
    return ([title.isEmpty ? "line chart" : title] + lines).joined(separator: "; ")
  }

  package func draw(on canvas: Canvas) {
    let margin = FigureStyle.margin
    var top = margin
    if !title.isEmpty {
      let text = TextMeasure.fitted(
        title, to: size.width - 2 * margin, size: FigureStyle.headingSize, weight: .bold)
      canvas.text(
        text, at: Point(margin, top + FigureStyle.headingSize), size: FigureStyle.headingSize,
        FigureStyle.ink,
        weight: .bold)
      top += FigureStyle.leading(FigureStyle.headingSize) + 4
    }
    if series.count > 1 { top = drawLegend(on: canvas, from: top) }
    let box = Box(x: margin, y: top, width: size.width - 2 * margin, height: size.height - top - margin + 4)
    let axes = Axes(
      in: box, x: xRange ?? range(of: \.x), y: yAxis, xLabel: xName,
      yLabel: yName,
      isLogarithmic: isLogarithmic, countsX: countsX)
    axes.draw(on: canvas)
    let room = Box(
      x: axes.plot.x - 4, y: axes.plot.y - 4, width: axes.plot.width + 8, height: axes.plot.height + 8)
    canvas.clipped(to: room) {
      for (index, line) in series.enumerated() { draw(line, index, axes, canvas) }
    }
  }

  private func color(_ index: Int) -> Ink {
    FigureStyle.color(ofSeries: series[index].colorIndex ?? index)
  }

  /// Gives the place under the legend.
  private func drawLegend(on canvas: Canvas, from top: Double) -> Double {
    let leading = FigureStyle.leading(FigureStyle.textSize)
    var place = Point(FigureStyle.margin, top + 11)
    for (index, line) in series.enumerated() {
      let width = 28 + TextMeasure.width(of: line.name, size: FigureStyle.textSize) + 14
      if place.x > FigureStyle.margin, place.x + width > size.width - FigureStyle.margin {
        place = Point(FigureStyle.margin, place.y + leading)
      }
      let y = place.y - 4
      switch line.stroke {
      case .dots: canvas.dot(Point(place.x + 11, y), radius: 2.5, color(index))
      default:
        canvas.line(
          [Point(place.x, y), Point(place.x + 22, y)], color(index), width: 2,
          dash: line.stroke == .dashed ? 4 : 0)
      }
      canvas.text(
        line.name, at: Point(place.x + 28, place.y), size: FigureStyle.textSize, FigureStyle.ink)
      place.x += width
    }
    return place.y + 6
  }

  private func draw(_ line: Series, _ index: Int, _ axes: Axes, _ canvas: Canvas) {
    var run: [Point] = []
    func finish() {
      if run.count > 1, line.stroke != .dots {
        canvas.line(run, color(index), width: 1.75, dash: line.stroke == .dashed ? 5 : 0)
      }
      if line.stroke == .dots || run.count == 1 {
        for point in run { canvas.dot(point, radius: 2.5, color(index)) }
      }
      run = []
    }
    for point in line.points {
      guard point.x.isFinite, point.y.isFinite else {
        finish()
        continue
      }
      run.append(Point(axes.x(point.x), axes.y(point.y)))
    }
    if let last = run.last, line.stroke != .dots { canvas.dot(last, radius: 2.5, color(index)) }
    finish()
  }

  private func range(of key: (((x: Double, y: Double)) -> Double)) -> (Double, Double) {
    let values = series.flatMap { $0.points.map(key) }.filter(\.isFinite)
    guard let least = values.min(), let greatest = values.max() else { return (0, 1) }
    return least < greatest ? (least, greatest) : (least - 0.5, greatest + 0.5)
  }

  /// The ends of the upright axis.
  package var yAxis: (Double, Double) { yRange ?? padded(widened(range(of: \.y))) }

  private func widened(_ range: (Double, Double)) -> (Double, Double) {
    let missing = leastSpan - (range.1 - range.0)
    guard missing > 0, !isLogarithmic else { return range }
    let (low, high) = (range.0 - missing / 2, range.1 + missing / 2)
    if high > yLimits.1 { return (max(yLimits.0, yLimits.1 - leastSpan), yLimits.1) }
    return low < yLimits.0 ? (yLimits.0, min(yLimits.1, yLimits.0 + leastSpan)) : (low, high)
  }

  private func padded(_ range: (Double, Double)) -> (Double, Double) {
    guard !isLogarithmic else { return range }
    // A curve that comes near to zero is seen best with zero in the picture.
    let span = range.1 - range.0
    let low = range.0 >= 0 && range.0 < span * 0.35 ? 0 : range.0 - span * 0.05
    return (low, range.1 + span * 0.05)
  }
}
