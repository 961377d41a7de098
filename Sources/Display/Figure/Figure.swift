/// A drawing that knows its size: a grid of panels, a chart, or several of them.
package protocol Figure: Sendable {
  /// In pixels of a screen at single density.
  var size: Size { get }
  /// What it shows, in words, for people who do not see it.
  var altText: String { get }
  /// How much of it is photographs, in square pixels of that screen.
  var photographArea: Double { get }
  /// Whether it is long because its parts could not be read otherwise, so that it must not be made smaller.
  var isTall: Bool { get }
  /// Draws from (0, 0) to `size`; the page is white already.
  func draw(on canvas: Canvas)
}

extension Figure {
  package var photographArea: Double { 0 }
  package var isTall: Bool { false }
}

/// A picture for a notebook.
package struct NotebookPicture: Sendable, Equatable {
  /// A PNG file.
  package let png: [UInt8]
  /// How wide it is shown; the file has up to twice as many pixels.
  package let width: Int
  /// How high it is shown.
  package let height: Int
  /// What it shows, in words.
  package let altText: String
}
