/// The scale of a heat map: its colours and what numbers they stand for.
package struct ColorBar: Sendable, Equatable {
  package let map: Colormap
  package let least: Double
  package let greatest: Double
  /// What the numbers are, for example "share of the greatest".
  package let label: String

  package init(_ map: Colormap, from least: Double = 0, to greatest: Double = 1, label: String = "") {
    self.map = map
    self.least = least
    self.greatest = greatest
    self.label = label
  }

  private static let stripe = 14.0
  private static let tickGap = 5.0

  /// The numbers beside the bar: both ends, and round ones between them that leave the ends room.
  package var marks: [(value: Double, text: String)] {
    let span = greatest - least
    guard span > 0, span.isFinite else { return [] }
    let scale = TickScale(from: least, to: greatest, about: 5)
    func isEnd(_ value: Double, _ end: Double) -> Bool { abs(value - end) < 1e-6 * span }
    let round = zip(scale.ticks, scale.labels).filter { tick, _ in
      [least, greatest].allSatisfy { isEnd(tick, $0) || abs(tick - $0) > Self.endRoom * span }
    }.map { (value: $0, text: $1) }
    let ends = [least, greatest].filter { end in !round.contains { isEnd($0.value, end) } }
    return (round + ends.map { ($0, NumberText.short($0, digits: 3)) }).sorted { $0.value < $1.value }
  }

  /// The share of the bar that a number at its end takes.
  private static let endRoom = 0.08

  /// One that tells the heat of several: their own where it is the same, else the one of shares of each one's greatest
  /// magnitude; nil where they have no scale in common.
  package static func common(to bars: [ColorBar]) -> ColorBar? {
    guard let first = bars.first else { return nil }
    if bars.allSatisfy({ $0 == first }) { return first }
    let share = first.share
    return bars.allSatisfy { $0.share == share } ? share : nil
  }

  /// The same colours for shares of the greatest magnitude.
  private var share: ColorBar {
    let reach = max(abs(least), abs(greatest))
    guard reach > 0, reach.isFinite else { return self }
    return ColorBar(map, from: least / reach, to: greatest / reach, label: Self.shareLabel)
  }

  /// What stands beside shares of the greatest magnitude.
  package static let shareLabel = "share of the greatest"

  /// How much room it takes beside a picture.
  package var width: Double {
    let labels = marks.map { TextMeasure.width(of: $0.text, size: FigureStyle.smallSize) }.max() ?? 0
    let side = label.isEmpty ? 0 : FigureStyle.leading(FigureStyle.smallSize) + 2
    return (Self.stripe + Self.tickGap + labels + side + 2).rounded(.up)
  }

  /// Draws it into a rectangle, hot end up.
  package func draw(on canvas: Canvas, in box: Box) {
    var pixels: [UInt8] = []
    for step in (0...255).reversed() {
      let color = map[UInt8(step)]
      pixels += [color.red, color.green, color.blue]
    }
    let stripe = Box(x: box.x, y: box.y, width: Self.stripe, height: box.height)
    canvas.picture(Raster(width: 1, height: 256, pixels: pixels), in: stripe)
    canvas.outline(stripe, FigureStyle.hairline, width: 0.75)
    let span = greatest - least
    for (tick, text) in marks {
      let y = box.maxY - (tick - least) / span * box.height
      canvas.line(
        [Point(stripe.maxX, y), Point(stripe.maxX + 3, y)], FigureStyle.muted, width: 0.75)
      let base = min(max(y + 3.5, box.y + 8), box.maxY)
      canvas.text(
        text, at: Point(stripe.maxX + Self.tickGap, base), size: FigureStyle.smallSize, FigureStyle.muted)
    }
    guard !label.isEmpty else { return }
    let text = TextMeasure.fitted(label, to: box.height, size: FigureStyle.smallSize)
    canvas.moved(to: Point(box.x + width - 3, box.midY), turned: -Double.pi / 2) {
      canvas.text(text, at: Point(0, 0), size: FigureStyle.smallSize, FigureStyle.muted, alignment: .center)
    }
  }
}
