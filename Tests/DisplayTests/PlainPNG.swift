/// Writes PNG files of any kind by the specification's words, so that what a reader must find is known without another reader.
struct PlainPNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  var width: Int
  var height: Int
  var depth: Int
  var colorType: Int
  var isInterlaced = false
  /// Red, green and blue of each entry, where there is a palette.
  var palette: [UInt8] = []
  /// Chunks before the pixels that change nothing.
  var extras: [(String, [UInt8])] = []
  /// Bytes in each `IDAT`; pictures come in many.
  var pieceLength = 1 << 16

  var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 1 }

  /// The file; `sample` gives the value at a column, row and channel.
  func file(_ sample: (Int, Int, Int) -> Int) -> [UInt8] {
    let body = Self.stored(scanlines(sample))
    var bytes = Self.signature + Self.chunk("IHDR", head)
    for (name, content) in extras { bytes += Self.chunk(name, content) }
    if !palette.isEmpty { bytes += Self.chunk("PLTE", palette) }
    for start in stride(from: 0, to: body.count, by: pieceLength) {
      bytes += Self.chunk("IDAT", Array(body[start..<min(body.count, start + pieceLength)]))
    }
    return bytes + Self.chunk("IEND", [])
  }

  var head: [UInt8] {
    Self.big(width) + Self.big(height) + [UInt8(depth), UInt8(colorType), 0, 0, isInterlaced ? 1 : 0]
  }

  /// The rows of all passes, each filtered in the next of the five ways.
  private func scanlines(_ sample: (Int, Int, Int) -> Int) -> [UInt8] {
    let adam7 = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ]
    var out: [UInt8] = []
    var filter = 0
    for (left, top, across, down) in isInterlaced ? adam7 : [(0, 0, 1, 1)] {
      let columns = Array(stride(from: left, to: width, by: across))
      if columns.isEmpty { continue }
      let step = max(1, channels * depth / 8)
      var above = [UInt8](repeating: 0, count: (columns.count * channels * depth + 7) / 8)
      for y in stride(from: top, to: height, by: down) {
        let row = packed(columns.flatMap { x in (0..<channels).map { sample(x, y, $0) } })
        out.append(UInt8(filter))
        for (i, value) in row.enumerated() {
          let a = i >= step ? row[i - step] : 0
          let c = i >= step ? above[i - step] : 0
          out.append(value &- Self.prediction(filter, a, above[i], c))
        }
        filter = (filter + 1) % 5
        above = row
      }
    }
    return out
  }

  private func packed(_ values: [Int]) -> [UInt8] {
    if depth == 16 { return values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    var row = [UInt8](repeating: 0, count: (values.count * depth + 7) / 8)
    for (i, value) in values.enumerated() {
      row[i * depth / 8] |= UInt8(value << (8 - depth - i * depth % 8))
    }
    return row
  }

  private static func prediction(_ filter: Int, _ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt8 {
    switch filter {
    case 1: return a
    case 2: return b
    case 3: return UInt8((Int(a) + Int(b)) / 2)
    case 4:
      let estimate = Int(a) + Int(b) - Int(c)
      let (pa, pb, pc) = (abs(estimate - Int(a)), abs(estimate - Int(b)), abs(estimate - Int(c)))
      return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
    default: return 0
    }
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + content
    return big(content.count) + named + big(Int(checksum(named)))
  }

  static func big(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  /// zlib data that is stored, not compressed.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let count = min(65535, bytes.count - start)
      out += [start + count == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
      out += [UInt8(~count & 255), UInt8(~count >> 8 & 255)] + bytes[start..<start + count]
      start += count
    } while start < bytes.count
    var (low, high) = (1, 0)
    for byte in bytes {
      low = (low + Int(byte)) % 65521
      high = (high + low) % 65521
    }
    return out + big(high << 16 | low)
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var register: UInt32 = ~0
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~register
  }
}
