/// How often numbers occur.
package struct Histogram: Figure {
  package var title = ""
  package var xName = ""
  package var yName = "count"
  /// Numbers marked by an upright line, with a word.
  package var marks: [(value: Double, name: String)] = []
  package let size: Size
  /// How many numbers fell into each bin.
  package let counts: [Int]
  private let least: Double
  private let greatest: Double

  /// Bins of equal width; numbers that are not finite are left out.
  package init(_ values: [Float], bins: Int = 40, size: Size = Size(460, 260)) {
    let values = values.lazy.filter(\.isFinite).map(Double.init)
    let bins = max(1, bins)
    var (low, high) = (values.min() ?? 0, values.max() ?? 1)
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    var counts = [Int](repeating: 0, count: bins)
    for value in values { counts[min(bins - 1, Int((value - low) / (high - low) * Double(bins)))] += 1 }
    self.counts = counts
    self.size = size
    least = low
    greatest = high
  }

  package var altText: String {
    let total = counts.reduce(0, +)
    let range = "\(NumberText.short(least)) to \(NumberText.short(greatest))"
    return "\(title.isEmpty ? "histogram" : title); \(total) numbers from \(range)"
  }

  package func draw(on canvas: Canvas) {
    let margin = FigureStyle.margin
    var top = margin
    if !title.isEmpty {
      canvas.text(
        TextMeasure.fitted(title, to: size.width - 2 * margin, size: FigureStyle.headingSize, weight: .bold),
        at: Point(margin, top + FigureStyle.headingSize), size: FigureStyle.headingSize, FigureStyle.ink,
        weight: .bold)
      top += FigureStyle.leading(FigureStyle.headingSize) + 4
    }
    if !marks.isEmpty { top += FigureStyle.leading(FigureStyle.smallSize) }
    let tallest = Double(max(1, counts.max() ?? 1))
    let box = Box(x: margin, y: top, width: size.width - 2 * margin, height: size.height - top - margin + 4)
    let axes = Axes(in: box, x: (least, greatest), y: (0, tallest * 1.03), xLabel: xName, yLabel: yName)
    axes.draw(on: canvas)
    let width = axes.plot.width / Double(counts.count)
    for (index, count) in counts.enumerated() where count > 0 {
      let y = axes.y(Double(count))
      canvas.fill(
        Box(
          x: axes.plot.x + Double(index) * width + 0.5, y: y, width: max(0.5, width - 1),
          height: axes.plot.maxY - y), FigureStyle.color(ofSeries: 0))
    }
    for mark in marks where mark.value.isFinite {
      let x = axes.x(mark.value)
      canvas.line(
        [Point(x, axes.plot.y - 4), Point(x, axes.plot.maxY)], FigureStyle.color(ofSeries: 1), width: 1.5,
        dash: 4)
      canvas.text(
        mark.name, at: Point(min(max(x, axes.plot.x + 20), axes.plot.maxX - 20), axes.plot.y - 8),
        size: FigureStyle.smallSize, FigureStyle.bad, alignment: .center)
    }
  }
}
