/// A colour of a drawing, parts from 0 to 1.
package struct Ink: Sendable, Equatable {
  package let red: Double
  package let green: Double
  package let blue: Double
  package var alpha: Double = 1

  /// From `0xRRGGBB`.
  package init(_ code: UInt32, alpha: Double = 1) {
    red = Double(code >> 16 & 255) / 255
    green = Double(code >> 8 & 255) / 255
    blue = Double(code & 255) / 255
    self.alpha = alpha
  }

  /// From bytes.
  package init(_ color: (red: UInt8, green: UInt8, blue: UInt8)) {
    red = Double(color.red) / 255
    green = Double(color.green) / 255
    blue = Double(color.blue) / 255
  }

  /// The same colour, partly transparent.
  package func faded(_ alpha: Double) -> Ink {
    var copy = self
    copy.alpha = alpha
    return copy
  }
}

/// One look for all figures.
///
/// The page is white and opaque: figures are read in light and dark notebooks and pasted into papers, and heat has the
/// same colours everywhere. Series take the colours of Okabe and Ito, which people with any colour vision tell apart;
/// what a colour says, a mark or a word says too.
package enum FigureStyle {
  package static let page = Ink(0xFFFFFF)
  package static let ink = Ink(0x1F2328)
  package static let muted = Ink(0x59636E)
  package static let hairline = Ink(0xD1D9E0)
  package static let grid = Ink(0xE8ECF0)
  package static let placeholder = Ink(0xF3F5F7)
  /// Right answers and gains (bluish green, dark enough for text).
  package static let good = Ink(0x007F5F)
  /// Wrong answers and losses (vermilion, dark enough for text).
  package static let bad = Ink(0xB84A00)
  /// The colours of series, in order.
  package static let series = [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x4D4D4D].map {
    Ink($0)
  }

  package static let titleSize = 14.0
  package static let headingSize = 12.0
  package static let textSize = 11.0
  package static let smallSize = 10.0
  package static let margin = 14.0
  /// From one base line to the next, for a size of text.
  package static func leading(_ size: Double) -> Double { (size * 1.35).rounded() }

  /// The colour of a series by its place.
  package static func color(ofSeries index: Int) -> Ink { series[index % series.count] }
}
