import Display
import Testing

/// Every kind of file that the PNG specification allows, and the ways in which the published suite's files are broken.
@Suite("every kind of PNG") struct PNGKindTests {
  private static let depths: [(type: Int, depths: [Int])] = [
    (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]),
  ]
  private static let kinds: [(Int, Int)] = depths.flatMap { kind in kind.depths.map { (kind.type, $0) } }
  private static let sizes: [(Int, Int)] = [(1, 1), (2, 3), (5, 1), (1, 7), (3, 9), (8, 8), (9, 5), (33, 32)]

  /// A value of all the bits, another for each place and channel.
  private static func sample(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    (x &* 7919 &+ y &* 104_729 &+ channel &* 31337) &* 2_654_435_761 >> 7
  }

  private static let grid: [UInt8] = (0..<256).flatMap { (index: Int) -> [UInt8] in
    [UInt8(index), UInt8(255 - index), UInt8(index * 37 & 255)]
  }

  @Test(
    "reads as the specification says, in any size, with every filter, in one pass or seven", arguments: kinds,
    [false, true])
  func kind(_ kind: (Int, Int), isInterlaced: Bool) throws {
    let (type, depth) = kind
    for (width, height) in Self.sizes {
      var png = PlainPNG(
        width: width, height: height, depth: depth, colorType: type, isInterlaced: isInterlaced)
      png.pieceLength = 1 + width % 5
      png.extras = [
        ("gAMA", PlainPNG.big(100_000)), ("pHYs", PlainPNG.big(1) + PlainPNG.big(2) + [0]),
        ("tEXt", Array("Title\0nothing".utf8)), ("prVt", [1, 2, 3]),
      ]
      if type == 3 { png.palette = Array(Self.grid.prefix(3 << depth)) }
      let value = { (x: Int, y: Int, channel: Int) in Self.sample(x, y, channel) & (1 << depth - 1) }
      let (raster, origin) = try ImageDecoder.read(png.file(value))
      #expect([raster.width, raster.height, raster.channels] == [width, height, 3])
      var wanted: [UInt8] = []
      for y in 0..<height {
        for x in 0..<width {
          let eight = { (channel: Int) in
            let found = value(x, y, channel)
            return UInt8(depth == 16 ? found >> 8 : found * 255 / (1 << depth - 1))
          }
          switch type {
          case 0, 4: wanted += [eight(0), eight(0), eight(0)]
          case 3: wanted += png.palette[value(x, y, 0) * 3..<value(x, y, 0) * 3 + 3]
          default: wanted += [eight(0), eight(1), eight(2)]
          }
        }
      }
      #expect(raster.pixels == wanted, "\(width)x\(height)")
      #expect(origin.format == "PNG" && origin.pixels.hasSuffix(", interlaced") == isInterlaced)
    }
  }

  /// A file with a part of it replaced; `chunks` is what follows the signature.
  private static func broken(
    head: [UInt8]? = nil, signature: [UInt8] = PlainPNG.signature, depth: Int = 8, type: Int = 2,
    rows: [UInt8] = [UInt8](repeating: 0, count: 4 * 13), body: [UInt8]? = nil, more: [UInt8] = []
  ) -> [UInt8] {
    let png = PlainPNG(width: 4, height: 4, depth: depth, colorType: type)
    return signature + PlainPNG.chunk("IHDR", head ?? png.head) + more
      + PlainPNG.chunk("IDAT", body ?? PlainPNG.stored(rows)) + PlainPNG.chunk("IEND", [])
  }

  private static func flipped(_ bytes: [UInt8], at place: Int) -> [UInt8] {
    var copy = bytes
    copy[place] ^= 0x40
    return copy
  }

  private static let size = PlainPNG.big(4) + PlainPNG.big(4)
  private static let damages: [(String, [UInt8])] = [
    ("a first byte without its high bit", broken(signature: [0x09] + PlainPNG.signature.dropFirst())),
    ("another name", broken(signature: [0x89, 0x51] + PlainPNG.signature.dropFirst(2))),
    ("line ends turned to those of Unix", broken(signature: [0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A])),
    (
      "line ends turned to those of DOS",
      broken(signature: Array(PlainPNG.signature.dropLast()) + [0x0D, 0x0A])
    ),
    ("a colour type of 1", broken(head: size + [8, 1, 0, 0, 0])),
    ("a colour type of 9", broken(head: size + [8, 9, 0, 0, 0])),
    ("a depth of 0", broken(head: size + [0, 2, 0, 0, 0])),
    ("a depth of 3", broken(head: size + [3, 2, 0, 0, 0])),
    ("a depth of 99", broken(head: size + [99, 2, 0, 0, 0])),
    ("a depth that the colour type has not", broken(head: size + [4, 2, 0, 0, 0])),
    ("no width", broken(head: PlainPNG.big(0) + PlainPNG.big(4) + [8, 2, 0, 0, 0])),
    ("no height", broken(head: PlainPNG.big(4) + PlainPNG.big(0) + [8, 2, 0, 0, 0])),
    ("a width of 2^31", broken(head: PlainPNG.big(1 << 31) + PlainPNG.big(4) + [8, 2, 0, 0, 0])),
    ("another compression", broken(head: size + [8, 2, 1, 0, 0])),
    ("another way of filtering", broken(head: size + [8, 2, 0, 1, 0])),
    ("another interlacing", broken(head: size + [8, 2, 0, 0, 2])),
    ("a head that is too short", broken(head: size + [8, 2])),
    ("a wrong checksum of the head", flipped(broken(), at: 8 + 8 + 13)),
    ("a wrong checksum of the pixels", flipped(broken(), at: broken().count - 13)),
    ("a second head", broken(more: PlainPNG.chunk("IHDR", size + [8, 2, 0, 0, 0]))),
    ("an unknown chunk that must be understood", broken(more: PlainPNG.chunk("ABCD", [1]))),
    ("a chunk without a name", broken(more: PlainPNG.chunk("\u{1}\u{2}\u{3}\u{4}", [1]))),
    ("a palette picture without a palette", broken(type: 3, rows: [UInt8](repeating: 0, count: 20))),
    (
      "a palette of no whole colours", broken(type: 3, rows: [0], more: PlainPNG.chunk("PLTE", [1, 2, 3, 4]))
    ),
    ("pixels that are no zlib data", broken(body: [1, 2, 3, 4, 5, 6, 7, 8])),
    ("a filter that there is not", broken(rows: [9] + [UInt8](repeating: 0, count: 51))),
    ("rows that are missing", broken(rows: [UInt8](repeating: 0, count: 26))),
    (
      "no pixels",
      PlainPNG.signature + PlainPNG.chunk("IHDR", size + [8, 2, 0, 0, 0]) + PlainPNG.chunk("IEND", [])
    ),
    ("no head", PlainPNG.signature + PlainPNG.chunk("IDAT", [1]) + PlainPNG.chunk("IEND", [])),
    ("a chunk longer than the file", PlainPNG.signature + PlainPNG.big(0x7FFF_FFFF) + Array("IHDR".utf8)),
    ("a signature and nothing else", PlainPNG.signature),
  ]

  @Test("a broken file is one clear error", arguments: damages)
  func damage(_ name: String, _ bytes: [UInt8]) {
    let error = #expect(throws: ImageError.self) { try ImageDecoder.read(bytes) }
    let text = error?.description ?? ""
    #expect(text.count > 15 && text.count < 160 && !text.contains("\n"), "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 }, "\(text)")
  }

  @Test("the file that the broken ones are made of is whole")
  func whole() throws {
    #expect(try ImageDecoder.read(Self.broken()).raster.pixels == [UInt8](repeating: 0, count: 48))
  }

  @Test("an index beyond the palette is some colour, never memory of others")
  func index() throws {
    let bytes = Self.broken(
      type: 3, rows: [UInt8](repeating: 0, count: 1) + [UInt8](repeating: 200, count: 19),
      more: PlainPNG.chunk("PLTE", [1, 2, 3]))
    _ = try? ImageDecoder.read(bytes)
  }

  @Test("an animation says that its first picture, or its still one, is what is read")
  func animation() throws {
    var png = PlainPNG(width: 3, height: 2, depth: 8, colorType: 2)
    let frame = PlainPNG.big(0) + PlainPNG.big(3) + PlainPNG.big(2) + [UInt8](repeating: 0, count: 14)
    for (extras, text) in [
      ([("acTL", PlainPNG.big(12) + PlainPNG.big(0)), ("fcTL", frame)], "RGB, the first of 12 frames"),
      ([("acTL", PlainPNG.big(7) + PlainPNG.big(0))], "RGB, the still picture of an animation of 7 frames"),
      ([("acTL", PlainPNG.big(1) + PlainPNG.big(0)), ("fcTL", frame)], "RGB"),
      ([("acTL", [0, 0])], "RGB"),
    ] {
      png.extras = extras
      #expect(try ImageDecoder.read(png.file { x, _, _ in x }).origin.pixels == text)
    }
  }
}
