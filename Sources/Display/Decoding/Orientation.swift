/// How a camera was held, as EXIF counts it.
package enum Orientation: Int, Sendable, CaseIterable {
  case upright = 1, mirrored, upsideDown, upsideDownMirrored, mirroredLeft, left, mirroredRight, right

  /// The orientation in a JPEG's EXIF segment; upright where it has none or none that makes sense.
  static func read(fromJPEG bytes: [UInt8]) -> Orientation {
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {
        place += 1
        continue
      }
      if marker == 0xDA || marker == 0xD9 { break }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let end = place + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      if marker == 0xE1, bytes[(place + 4)..<end].starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) {
        return read(fromTIFF: bytes[(place + 10)..<end]) ?? .upright
      }
      place = end
    }
    return .upright
  }

  /// The orientation in a PNG's `eXIf` chunk, wherever it stands.
  static func read(fromPNG bytes: [UInt8]) -> Orientation {
    let part = PNGChunks(bytes).first { $0.name.elementsEqual("eXIf".utf8) }
    return part.flatMap { read(fromEXIF: $0.content) } ?? .upright
  }

  /// The orientation in a WebP's `EXIF` chunk.
  static func read(fromWebP bytes: [UInt8]) -> Orientation {
    var place = 12
    while let length = length(bytes, place + 4), place + 8 + length <= bytes.count {
      if bytes[place..<(place + 4)].elementsEqual("EXIF".utf8) {
        return read(fromEXIF: bytes[(place + 8)..<(place + 8 + length)]) ?? .upright
      }
      place += 8 + length + length % 2
    }
    return .upright
  }

  /// Four bytes, the least significant first.
  private static func length(_ bytes: [UInt8], _ place: Int) -> Int? {
    guard place >= 0, place + 4 <= bytes.count else { return nil }
    return bytes[place..<(place + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Some writers put the JPEG segment's mark before the data.
  private static func read(fromEXIF bytes: ArraySlice<UInt8>) -> Orientation? {
    let hasMark = bytes.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0])
    return read(fromTIFF: hasMark ? bytes.dropFirst(6) : bytes)
  }

  private static func read(fromTIFF bytes: ArraySlice<UInt8>) -> Orientation? {
    guard bytes.count >= 8 else { return nil }
    let isBig: Bool
    switch (bytes[bytes.startIndex], bytes[bytes.startIndex + 1]) {
    case (0x49, 0x49): isBig = false
    case (0x4D, 0x4D): isBig = true
    default: return nil
    }
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset + size <= bytes.count else { return nil }
      let part = bytes[(bytes.startIndex + offset)..<(bytes.startIndex + offset + size)]
      return (isBig ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
      return nil
    }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let tag = number(start, 2) else { return nil }
      if tag == 0x0112 { return number(start + 8, 2).flatMap(Orientation.init) }
    }
    return nil
  }

  /// The picture as it was seen.
  func applied(to raster: Raster, isStopped: () -> Bool = { false }) throws(ImageError) -> Raster {
    guard self != .upright else { return raster }
    let (width, height) = (raster.width, raster.height)
    let turns = rawValue >= 5
    let (newWidth, newHeight) = turns ? (height, width) : (width, height)
    let channels = raster.channels
    // Sources lie on a lattice: one step for a column, one for a row.
    func place(_ x: Int, _ y: Int) -> Int {
      let (fromX, fromY) = origin(x, y, width, height)
      return (fromY * width + fromX) * channels
    }
    let start = place(0, 0)
    let (stepX, stepY) = (place(1, 0) - start, place(0, 1) - start)
    let tile = 64
    var isWhole = true
    let pixels = [UInt8](unsafeUninitializedCapacity: raster.pixels.count) { buffer, count in
      raster.pixels.withUnsafeBufferPointer { source in
        for top in stride(from: 0, to: newHeight, by: tile) {
          if isStopped() {
            isWhole = false
            return
          }
          for left in stride(from: 0, to: newWidth, by: tile) {
            for y in top..<min(top + tile, newHeight) {
              var from = start + left * stepX + y * stepY
              var to = (y * newWidth + left) * channels
              for _ in left..<min(left + tile, newWidth) {
                for channel in 0..<channels { buffer[to + channel] = source[from + channel] }
                from += stepX
                to += channels
              }
            }
          }
        }
      }
      count = isWhole ? raster.pixels.count : 0
    }
    guard isWhole else { throw .stopped }
    return Raster(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
  }

  private func origin(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (Int, Int) {
    switch self {
    case .upright: (x, y)
    case .mirrored: (width - 1 - x, y)
    case .upsideDown: (width - 1 - x, height - 1 - y)
    case .upsideDownMirrored: (x, height - 1 - y)
    case .mirroredLeft: (y, x)
    case .left: (y, height - 1 - x)
    case .mirroredRight: (width - 1 - y, height - 1 - x)
    case .right: (width - 1 - y, x)
    }
  }
}
