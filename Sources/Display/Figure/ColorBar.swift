/// The scale of a heat map: its colours and what numbers they stand for.
package struct ColorBar: Sendable {
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

  private var scale: TickScale { TickScale(from: least, to: greatest, about: 5) }

  /// How much room it takes beside a picture.
  package var width: Double {
    let labels = scale.labels.map { TextMeasure.width(of: $0, size: FigureStyle.smallSize) }.max() ?? 0
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
    for (tick, text) in zip(scale.ticks, scale.labels) where span > 0 {
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
