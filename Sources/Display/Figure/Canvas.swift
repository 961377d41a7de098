internal import CCairo

/// Something to draw on: pixels, an SVG or a PDF.
///
/// Lengths are in pixels of a screen at single density.
package final class Canvas {
  /// The weight of a font.
  package enum Weight: Sendable {
    case regular
    case bold
  }

  /// Where a line of text stands with respect to its place.
  package enum Alignment: Sendable {
    case leading
    case center
    case trailing
  }

  private let handle: OpaquePointer

  /// Whether nobody wants the drawing any more; asked between the parts of large figures.
  let isStopped: () -> Bool

  init(handle: OpaquePointer, isStopped: @escaping () -> Bool) {
    self.handle = handle
    self.isStopped = isStopped
  }

  deinit { ccairo_free(handle) }

  /// Gives the C canvas to `body` for one call.
  func with<Result>(_ body: (OpaquePointer) -> Result) -> Result { body(handle) }

  /// Fills a rectangle, its corners rounded by `radius`.
  package func fill(_ box: Box, _ color: Ink, radius: Double = 0) {
    use(color)
    ccairo_rectangle(handle, box.x, box.y, box.width, box.height, min(radius, min(box.width, box.height) / 2))
    ccairo_fill(handle)
  }

  /// Draws the outline of a rectangle.
  package func outline(_ box: Box, _ color: Ink, width: Double = 1) {
    use(color)
    ccairo_rectangle(handle, box.x, box.y, box.width, box.height, 0)
    ccairo_stroke(handle, width, 0)
  }

  /// Draws straight lines from point to point.
  package func line(_ points: [Point], _ color: Ink, width: Double = 1, dash: Double = 0) {
    guard let first = points.first else { return }
    use(color)
    ccairo_move(handle, first.x, first.y)
    for point in points.dropFirst() { ccairo_line(handle, point.x, point.y) }
    ccairo_stroke(handle, width, dash)
  }

  /// Fills a disc.
  package func dot(_ center: Point, radius: Double, _ color: Ink) {
    use(color)
    ccairo_arc(handle, center.x, center.y, radius)
    ccairo_fill(handle)
  }

  /// Draws a picture over a rectangle; without `isSmooth` its pixels stay squares.
  package func picture(_ raster: Raster, in box: Box, isSmooth: Bool = true) {
    _ = ccairo_picture(
      handle, raster.pixels, Int32(raster.width), Int32(raster.height), Int32(raster.channels), box.x, box.y,
      box.width, box.height, isSmooth ? 1 : 0)
  }

  /// Writes a line of text with its base line at `place`.
  package func text(
    _ text: String, at place: Point, size: Double, _ color: Ink, weight: Weight = .regular,
    alignment: Alignment = .leading
  ) {
    use(color)
    let width = alignment == .leading ? 0 : TextMeasure.width(of: text, size: size, weight: weight)
    let x =
      switch alignment {
      case .leading: place.x
      case .center: place.x - width / 2
      case .trailing: place.x - width
      }
    ccairo_text(handle, text, x, place.y, size, TextMeasure.code(weight))
  }

  /// Draws with the origin at another place, perhaps turned (positive: clockwise).
  package func moved(to origin: Point, turned radians: Double = 0, _ body: () -> Void) {
    ccairo_save(handle)
    ccairo_translate(handle, origin.x, origin.y)
    ccairo_rotate(handle, radians)
    body()
    ccairo_restore(handle)
  }

  /// Draws only inside a rectangle.
  package func clipped(to box: Box, _ body: () -> Void) {
    ccairo_save(handle)
    ccairo_rectangle(handle, box.x, box.y, box.width, box.height, 0)
    ccairo_clip(handle)
    body()
    ccairo_restore(handle)
  }

  private func use(_ color: Ink) {
    ccairo_color(handle, color.red, color.green, color.blue, color.alpha)
  }
}
