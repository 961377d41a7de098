import Display
import Foundation
import Testing

/// Where EXIF's orientation lies in files, by the words of the formats (JPEG B.1.1.2, RIFF, TIFF 6.0).
@Suite("the orientation in a picture's file") struct OrientationTests {
  /// A TIFF block that says 6: shown turned to the right.
  private static func tiff(isBig: Bool, magic: UInt8 = 42) -> [UInt8] {
    func two(_ value: UInt8) -> [UInt8] { isBig ? [0, value] : [value, 0] }
    func four(_ value: UInt8) -> [UInt8] { isBig ? [0, 0, 0, value] : [value, 0, 0, 0] }
    let tag: [UInt8] = isBig ? [0x01, 0x12] : [0x12, 0x01]
    return (isBig ? [0x4D, 0x4D] : [0x49, 0x49]) + two(magic) + four(8) + two(1) + tag + two(3) + four(1)
      + two(6) + [0, 0] + four(0)
  }

  private static func jpeg(_ tiff: [UInt8], fill: Int = 0) throws -> [UInt8] {
    let plain = [UInt8](try Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path("colour.jpg"))))
    let content = Array("Exif\0\0".utf8) + tiff
    let length = content.count + 2
    return plain.prefix(2) + [UInt8](repeating: 0xFF, count: fill)
      + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + content + plain.dropFirst(2)
  }

  private func expectTurned(_ bytes: [UInt8], _ name: String) throws {
    let plain = try ImageDecoder.read(path: DisplayFixtures.path(name)).raster
    let found = try ImageDecoder.read(bytes).raster
    try #require(
      found.width == plain.height && found.height == plain.width && found.channels == plain.channels)
    for y in 0..<found.height {
      for x in 0..<found.width {
        let to = (y * found.width + x) * found.channels
        let from = ((plain.height - 1 - x) * plain.width + y) * plain.channels
        guard found.pixels[to..<to + 3] == plain.pixels[from..<from + 3] else {
          Issue.record("\(x), \(y) is another pixel")
          return
        }
      }
    }
  }

  @Test("a JPEG file is turned by either order of bytes, behind fill bytes too")
  func jpeg() throws {
    for isBig in [false, true] {
      try expectTurned(try Self.jpeg(Self.tiff(isBig: isBig)), "colour.jpg")
      try expectTurned(try Self.jpeg(Self.tiff(isBig: isBig), fill: 3), "colour.jpg")
    }
    // The two bytes of the value are enough.
    try expectTurned(try Self.jpeg(Array(Self.tiff(isBig: false).prefix(20))), "colour.jpg")
  }

  @Test("what is no TIFF block, or ends before the value, turns nothing")
  func nothing() throws {
    let plain = try ImageDecoder.read(path: DisplayFixtures.path("colour.jpg")).raster
    for block in [Self.tiff(isBig: true, magic: 43), Array(Self.tiff(isBig: true).prefix(19))] {
      #expect(try ImageDecoder.read(try Self.jpeg(block)).raster == plain)
    }
  }

  @Test("a WebP file's chunks of odd length are followed by a byte that counts for nothing")
  func webP() throws {
    let name = "lossless.webp"
    let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path(name))))
    let picture = try ImageDecoder.read(file).raster
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      Array(name.utf8) + little(content.count, 4) + content + [UInt8](repeating: 0, count: content.count % 2)
    }
    try #require(file[12..<16].elementsEqual("VP8L".utf8))
    let head: [UInt8] = [0x0C, 0, 0, 0] + little(picture.width - 1, 3) + little(picture.height - 1, 3)
    let body =
      Array("WEBP".utf8) + chunk("VP8X", head) + file.dropFirst(12) + chunk("EXIF", Self.tiff(isBig: false))
    let odd =
      Array("WEBP".utf8) + chunk("VP8X", head) + file.dropFirst(12) + chunk("XMP ", [1, 2, 3])
      + chunk("EXIF", Self.tiff(isBig: false))
    for body in [body, odd] { try expectTurned(Array("RIFF".utf8) + little(body.count, 4) + body, name) }
  }

  @Test("a word about frames behind a PNG file's pixels makes it no animation")
  func lateAnimation() throws {
    let plain = PlainPNG(width: 3, height: 2, depth: 8, colorType: 0).file { x, y, _ in 10 * x + y }
    let late =
      Array(plain[..<(plain.count - 12)]) + PlainPNG.chunk("acTL", PlainPNG.big(2) + PlainPNG.big(0))
      + PlainPNG.chunk("IEND", [])
    let (found, wanted) = (try ImageDecoder.read(late), try ImageDecoder.read(plain))
    #expect(found.raster == wanted.raster && found.origin.pixels == wanted.origin.pixels)
  }
}
