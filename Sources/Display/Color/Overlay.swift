internal import CPixels

/// Puts heat on pictures.
package enum Overlay {
  /// How heat lies on a picture.
  package enum Style: String, Sendable, CaseIterable {
    /// Its colours mixed with the picture's.
    case blend
    /// The picture where the heat reaches a level, dark elsewhere.
    case mask
    /// Lines where it passes levels.
    case contours

    /// The levels where nobody names any, as shares of the greatest heat.
    package var usualLevels: [Double] {
      switch self {
      case .blend: []
      case .mask: [0.5]
      case .contours: [0.25, 0.5, 0.75]
      }
    }
  }

  /// The steps of a colour map for a field from 0 to 1, as matplotlib finds them.
  package static func steps(of heat: Plane) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: heat.values.count) { buffer, count in
      cpx_quantize(heat.values, buffer.baseAddress, heat.values.count)
      count = heat.values.count
    }
  }

  /// The picture times (1 - alpha) plus the heat's colours times alpha; both must have one size.
  package static func blend(_ picture: Raster, _ heat: Plane, map: Colormap, alpha: Float) -> Raster {
    precondition(
      picture.width == heat.width && picture.height == heat.height, "heat and picture differ in size")
    let steps = steps(of: heat)
    let count = steps.count
    let pixels = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialized in
      cpx_blend(picture.pixels, Int32(picture.channels), steps, map.table, alpha, buffer.baseAddress, count)
      initialized = count * 3
    }
    return Raster(width: picture.width, height: picture.height, pixels: pixels)
  }

  /// How much darker a picture is where its mask hides it.
  package static let maskDarkness = 0.85

  /// The picture where the heat is at least `threshold`, darkened to the share `rest` elsewhere.
  package static func mask(_ picture: Raster, _ heat: Plane, threshold: Float, rest: Float) -> Raster {
    precondition(
      picture.width == heat.width && picture.height == heat.height, "heat and picture differ in size")
    var result = picture.opaque
    for (index, value) in heat.values.enumerated() where !(value >= threshold) {
      for channel in 0..<3 {
        result.pixels[3 * index + channel] = UInt8(Float(result.pixels[3 * index + channel]) * rest)
      }
    }
    return result
  }

  /// The picture with lines where the heat passes the levels, each in its colour of the map; a level is in the heat's
  /// own numbers, 0 to 1.
  ///
  /// The heat may be coarser than the picture. Lines have a dark rim, so that they are seen on any photograph.
  package static func contours(
    _ picture: Raster, _ heat: Plane, levels: [Float], map: Colormap, strength: Float = 1
  ) throws(ImageError) -> Raster {
    try FigureRenderer.raster(
      of: ContourFigure(picture: picture, heat: heat, levels: levels, map: map, strength: Double(strength)),
      scale: 1)
  }
}

/// A picture under the lines of its heat.
private struct ContourFigure: Figure {
  let picture: Raster
  let heat: Plane
  let levels: [Float]
  let map: Colormap
  let strength: Double

  var size: Size { Size(Double(picture.width), Double(picture.height)) }
  var altText: String { "" }

  func draw(on canvas: Canvas) {
    canvas.picture(picture, in: Box(x: 0, y: 0, width: size.width, height: size.height), isSmooth: false)
    let width = max(1.25, min(size.width, size.height) / 220)
    let (along, down) = (size.width / Double(heat.width), size.height / Double(heat.height))
    for level in levels.sorted() {
      // The middle of a number's place is half a step from its edge.
      let lines = ContourLines(of: heat, at: level).lines.map { line in
        line.map { Point(($0.x + 0.5) * along, ($0.y + 0.5) * down) }
      }
      let color = Ink(map[UInt8(Swift.min(Swift.max(level * 255, 0), 255))])
      for line in lines { canvas.line(line, FigureStyle.ink.faded(0.6 * strength), width: width + 2) }
      for line in lines { canvas.line(line, color.faded(strength), width: width) }
    }
  }
}
