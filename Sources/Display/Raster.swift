/// A picture of 8-bit samples: rows of red, green and blue, and alpha where it has one.
package struct Raster: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// 3, or 4 with alpha.
  package let channels: Int
  /// Rows from the top, pixels from the left, channels together.
  package var pixels: [UInt8]

  /// A picture of pixels that are there already.
  package init(width: Int, height: Int, channels: Int = 3, pixels: [UInt8]) {
    precondition(channels == 3 || channels == 4, "a raster has 3 or 4 channels")
    precondition(
      pixels.count == width * height * channels, "\(pixels.count) bytes for \(width)x\(height)x\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// A picture of one colour.
  package init(width: Int, height: Int, color: (UInt8, UInt8, UInt8) = (0, 0, 0)) {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for index in stride(from: 0, to: pixels.count, by: 3) {
      (pixels[index], pixels[index + 1], pixels[index + 2]) = color
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The colour at a place.
  package subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let start = (y * width + x) * channels
    return (pixels[start], pixels[start + 1], pixels[start + 2])
  }

  /// Without alpha, the colours as they are stored: what Pillow's `convert("RGB")` gives.
  package var opaque: Raster {
    guard channels == 4 else { return self }
    var kept = [UInt8](repeating: 0, count: width * height * 3)
    for index in 0..<width * height {
      for channel in 0..<3 { kept[3 * index + channel] = pixels[4 * index + channel] }
    }
    return Raster(width: width, height: height, pixels: kept)
  }

  /// A part of the picture; it must lie inside.
  package func cropped(x: Int, y: Int, width: Int, height: Int) -> Raster {
    precondition(
      x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height, "the part lies outside")
    var part: [UInt8] = []
    part.reserveCapacity(width * height * channels)
    for row in y..<(y + height) {
      let start = (row * self.width + x) * channels
      part += pixels[start..<(start + width * channels)]
    }
    return Raster(width: width, height: height, channels: channels, pixels: part)
  }

  /// The largest square in the middle, or the middle part of this size.
  package func centerCropped(width: Int, height: Int) -> Raster {
    cropped(x: (self.width - width + 1) / 2, y: (self.height - height + 1) / 2, width: width, height: height)
  }
}
