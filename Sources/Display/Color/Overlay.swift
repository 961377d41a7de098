internal import CPixels

/// Puts heat on pictures.
package enum Overlay {
  /// The steps of a colour map for a field from 0 to 1, as matplotlib finds them.
  package static func steps(of heat: Plane) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: heat.values.count) { buffer, count in
      cpx_quantize(heat.values, buffer.baseAddress, heat.values.count)
      count = heat.values.count
    }
  }

  /// A field from 0 to 1 in colours.
  package static func colored(_ heat: Plane, with map: Colormap) -> Raster {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(heat.values.count * 3)
    for step in steps(of: heat) {
      let color = map[step]
      pixels.append(color.red)
      pixels.append(color.green)
      pixels.append(color.blue)
    }
    return Raster(width: heat.width, height: heat.height, pixels: pixels)
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

  /// The picture where the heat is at least `threshold`, darkened to `rest` elsewhere.
  package static func mask(_ picture: Raster, _ heat: Plane, threshold: Float, rest: Float = 0.15) -> Raster {
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

  /// The picture with lines where the heat passes the levels, each in its colour of the map.
  package static func contours(_ picture: Raster, _ heat: Plane, levels: [Float], map: Colormap) -> Raster {
    precondition(
      picture.width == heat.width && picture.height == heat.height, "heat and picture differ in size")
    var result = picture.opaque
    for level in levels.sorted() {
      let color = map[UInt8(Swift.min(Swift.max(level * 255, 0), 255))]
      for y in 0..<heat.height {
        for x in 0..<heat.width {
          let isInside = heat[x, y] >= level
          let right = x + 1 < heat.width && (heat[x + 1, y] >= level) != isInside
          let below = y + 1 < heat.height && (heat[x, y + 1] >= level) != isInside
          guard right || below else { continue }
          let start = 3 * (y * heat.width + x)
          (result.pixels[start], result.pixels[start + 1], result.pixels[start + 2]) = color
        }
      }
    }
    return result
  }
}
