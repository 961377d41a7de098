/// Bars that lie: a name, a bar, a number.
///
/// Numbers may have both signs; then zero is a line and losses have another colour and go left.
package struct BarChart: Figure {
  /// One bar.
  package struct Bar: Sendable, Equatable {
    package let name: String
    package let value: Double
    /// What stands at its end; the number where nil.
    package let text: String?
    /// Whether it is the one that matters: others are paler.
    package let isMarked: Bool

    package init(_ name: String, _ value: Double, text: String? = nil, isMarked: Bool = false) {
      self.name = name
      self.value = value
      self.text = text
      self.isMarked = isMarked
    }

    var label: String { text ?? NumberText.short(value, digits: 3) }
  }

  package var title = ""
  /// What the numbers are.
  package var axisName = ""
  package let bars: [Bar]
  /// The number of a full bar; the greatest magnitude where nil.
  package var limit: Double?
  private let width: Double

  package init(_ bars: [Bar], width: Double = 520) {
    self.bars = bars
    self.width = width
  }

  private static let rowHeight = 24.0

  package var size: Size {
    let head = title.isEmpty ? 0 : FigureStyle.leading(FigureStyle.titleSize) + 6
    let foot = axisName.isEmpty ? 0 : FigureStyle.leading(FigureStyle.smallSize) + 4
    return Size(width, 2 * FigureStyle.margin + head + foot + Double(bars.count) * Self.rowHeight)
  }

  package var altText: String {
    ([title.isEmpty ? "bar chart" : title] + bars.prefix(20).map { "\($0.name) \($0.label)" })
      .joined(separator: "; ")
  }

  package func draw(on canvas: Canvas) {
    let margin = FigureStyle.margin
    var top = margin
    if !title.isEmpty {
      let text = TextMeasure.fitted(title, to: width - 2 * margin, size: FigureStyle.titleSize, weight: .bold)
      canvas.text(
        text, at: Point(margin, top + FigureStyle.titleSize), size: FigureStyle.titleSize, FigureStyle.ink,
        weight: .bold)
      top += FigureStyle.leading(FigureStyle.titleSize) + 6
    }
    let names = bars.map { TextMeasure.width(of: $0.name, size: FigureStyle.textSize) }.max() ?? 0
    let numbers = bars.map { TextMeasure.width(of: $0.label, size: FigureStyle.textSize) }.max() ?? 0
    let hasLosses = bars.contains { $0.value < 0 }
    let hasGains = bars.contains { $0.value > 0 } || !hasLosses
    let nameWidth = min(names, width * 0.45)
    let left = margin + nameWidth + 10 + (hasLosses ? numbers + 6 : 0)
    let right = width - margin - (hasGains ? numbers + 6 : 0)
    let gain = max(0, bars.map(\.value).max() ?? 0)
    let loss = max(0, -(bars.map(\.value).min() ?? 0))
    let reach = limit ?? 0
    let total = max(hasGains ? max(gain, reach) : 0, 0) + (hasLosses ? max(loss, hasGains ? 0 : reach) : 0)
    let scale = total > 0 && total.isFinite ? (right - left) / total : 0
    let zero = left + (hasLosses ? max(loss, hasGains ? 0 : reach) * scale : 0)
    let hasMarked = bars.contains(where: \.isMarked)
    for (row, bar) in bars.enumerated() {
      let y = top + Double(row) * Self.rowHeight
      let name = TextMeasure.fitted(
        bar.name, to: nameWidth, size: FigureStyle.textSize, weight: bar.isMarked ? .bold : .regular)
      canvas.text(
        name, at: Point(margin + nameWidth, y + 15.5), size: FigureStyle.textSize, FigureStyle.ink,
        weight: bar.isMarked ? .bold : .regular, alignment: .trailing)
      let length = bar.value.isFinite ? max(0.75, abs(bar.value) * scale) : 0
      let color = FigureStyle.color(ofSeries: bar.value < 0 ? 1 : 0)
      let box = Box(
        x: bar.value < 0 ? zero - length : zero, y: y + 4, width: length, height: Self.rowHeight - 8)
      canvas.fill(box, hasMarked && !bar.isMarked ? color.faded(0.45) : color, radius: 2)
      canvas.text(
        bar.label, at: Point(bar.value < 0 ? box.x - 6 : box.maxX + 6, y + 15.5), size: FigureStyle.textSize,
        FigureStyle.muted, alignment: bar.value < 0 ? .trailing : .leading)
    }
    let bottom = top + Double(bars.count) * Self.rowHeight
    canvas.line([Point(zero, top), Point(zero, bottom)], FigureStyle.muted, width: 0.75)
    if !axisName.isEmpty {
      canvas.text(
        axisName, at: Point((left + right) / 2, bottom + FigureStyle.leading(FigureStyle.smallSize)),
        size: FigureStyle.smallSize, FigureStyle.muted, alignment: .center)
    }
  }
}
