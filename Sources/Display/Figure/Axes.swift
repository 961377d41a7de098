/// The frame of a chart: a plot's rectangle, round numbers and faint lines.
struct Axes {
  /// Where the data are drawn.
  let plot: Box
  let horizontal: TickScale
  let vertical: TickScale
  private let xRange: (Double, Double)
  private let yRange: (Double, Double)
  private let isLogarithmic: Bool

  /// `box` is all there is for plot, numbers and the names of the axes.
  init(
    in box: Box, x: (Double, Double), y: (Double, Double), xLabel: String, yLabel: String,
    isLogarithmic: Bool = false, countsX: Bool = false
  ) {
    vertical = isLogarithmic ? TickScale(decadesFrom: y.0, to: y.1) : TickScale(from: y.0, to: y.1, about: 5)
    let widest = vertical.labels.map { TextMeasure.width(of: $0, size: FigureStyle.smallSize) }.max() ?? 0
    let left = widest + 8 + (yLabel.isEmpty ? 0 : FigureStyle.leading(FigureStyle.textSize) + 2)
    let below =
      FigureStyle.leading(FigureStyle.smallSize) + 4
      + (xLabel.isEmpty ? 0 : FigureStyle.leading(FigureStyle.textSize) + 2)
    plot = Box(x: box.x + left, y: box.y + 6, width: box.width - left - 6, height: box.height - below - 6)
    horizontal = TickScale(from: x.0, to: x.1, about: max(2, Int(plot.width / 70)), isCounted: countsX)
    xRange = x
    yRange = isLogarithmic ? (TickScale.logarithm(y.0), TickScale.logarithm(y.1)) : y
    self.isLogarithmic = isLogarithmic
    names = (xLabel, yLabel)
    self.box = box
  }

  private let names: (String, String)
  private let box: Box

  func x(_ value: Double) -> Double {
    let span = xRange.1 - xRange.0
    return plot.x + (span > 0 ? (value - xRange.0) / span : 0.5) * plot.width
  }

  func y(_ value: Double) -> Double {
    let span = yRange.1 - yRange.0
    let value = isLogarithmic ? TickScale.logarithm(value) : value
    return plot.maxY - (span > 0 ? (value - yRange.0) / span : 0.5) * plot.height
  }

  func draw(on canvas: Canvas) {
    for (tick, label) in zip(vertical.ticks, vertical.labels) {
      let at = y(tick)
      canvas.line([Point(plot.x, at), Point(plot.maxX, at)], FigureStyle.grid)
      canvas.text(
        label, at: Point(plot.x - 6, at + 3.5), size: FigureStyle.smallSize, FigureStyle.muted,
        alignment: .trailing)
    }
    for (tick, label) in zip(horizontal.ticks, horizontal.labels) {
      let at = x(tick)
      canvas.line([Point(at, plot.maxY), Point(at, plot.maxY + 4)], FigureStyle.muted, width: 0.75)
      canvas.text(
        label, at: Point(at, plot.maxY + 15), size: FigureStyle.smallSize, FigureStyle.muted,
        alignment: .center)
    }
    canvas.line([Point(plot.x, plot.maxY), Point(plot.maxX, plot.maxY)], FigureStyle.muted)
    if !names.0.isEmpty {
      canvas.text(
        names.0, at: Point(plot.midX, box.maxY - 3), size: FigureStyle.textSize, FigureStyle.ink,
        alignment: .center)
    }
    if !names.1.isEmpty {
      canvas.moved(to: Point(box.x + 10, plot.midY), turned: -Double.pi / 2) {
        canvas.text(
          names.1, at: Point(0, 0), size: FigureStyle.textSize, FigureStyle.ink, alignment: .center)
      }
    }
  }
}
