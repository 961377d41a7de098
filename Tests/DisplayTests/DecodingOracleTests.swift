import Display
import Foundation
import Testing

/// Files made by Tests/Oracle/display.py.
enum DisplayFixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/display")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  static func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: folder.appendingPathComponent(name)))
  }

  static let pictures: [String] = ((try? decoded("index.json", as: [String: [Int]].self)) ?? [:]).keys
    .sorted()
}

@Suite("reading pictures") struct DecodingOracleTests {
  @Test("every odd file has Pillow's bytes", arguments: DisplayFixtures.pictures)
  func pillow(_ name: String) throws {
    let size = try #require(try DisplayFixtures.decoded("index.json", as: [String: [Int]].self)[name])
    let wanted = try [UInt8](Data(contentsOf: DisplayFixtures.folder.appendingPathComponent("\(name).rgb")))
    let (raster, _) = try ImageDecoder.read(path: DisplayFixtures.path(name))
    #expect([raster.width, raster.height] == size)
    #expect(raster.pixels == wanted)
  }

  @Test("there are fixtures")
  func present() { #expect(DisplayFixtures.pictures.count > 30) }

  @Test("an alpha channel is kept where it is asked for")
  func alpha() throws {
    let (raster, origin) = try ImageDecoder.read(path: DisplayFixtures.path("rgba.png"), alpha: true)
    #expect(raster.channels == 4)
    #expect(origin.pixels == "RGB with alpha")
    #expect(raster.opaque == (try ImageDecoder.read(path: DisplayFixtures.path("rgba.png")).raster))
  }

  @Test(
    "a file cut anywhere is one clear error, never a crash",
    arguments: ["rgb.png", "interlaced.png", "colour.jpg", "lossy.webp"])
  func truncated(_ name: String) throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path(name))))
    for count in stride(from: 0, to: bytes.count - 14, by: 7) {
      #expect(throws: ImageError.self) { try ImageDecoder.read(Array(bytes[..<count])) }
    }
  }

  @Test("what is no picture file is named")
  func notPictures() throws {
    #expect(throws: ImageError.notAFile(kind: "a directory")) { try ImageDecoder.read(path: "/tmp") }
    #expect(throws: ImageError.file(reason: "there is no such file")) {
      try ImageDecoder.read(path: "/no/such")
    }
    #expect(throws: ImageError.unknownFormat(beginning: [])) { try ImageDecoder.read([]) }
    for (start, name) in [
      ("GIF89a", "GIF"), ("BM      ", "BMP"), ("II*\0", "TIFF"), ("\0\0\0 ftypavif", "AVIF"),
    ] {
      let error = try #require(throws: ImageError.self) { try ImageDecoder.read(Array(start.utf8)) }
      #expect(error.description.contains(name) && error.description.contains("only PNG, JPEG and WebP"))
    }
    #expect(throws: ImageError.notAFile(kind: "a device")) { try ImageDecoder.read(path: "/dev/zero") }
    let fifo = FileManager.default.temporaryDirectory.appendingPathComponent("fifo-\(getpid())").path
    mkfifo(fifo, 0o600)
    defer { unlink(fifo) }
    #expect(throws: ImageError.notAFile(kind: "a FIFO")) { try ImageDecoder.read(path: fifo) }
  }

  @Test("sizes are judged before memory is taken")
  func bomb() throws {
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path("rgb.png"))))
    #expect(throws: ImageError.tooManyPixels(width: 23, height: 19, limit: 100)) {
      try ImageDecoder.read(bytes, pixelLimit: 100)
    }
    // A head that promises 2^31 - 1 pixels each way, its checksum made right again.
    bytes.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
    #expect(throws: ImageError.self) { try ImageDecoder.read(bytes) }
  }

  @Test(
    "flipped bits never crash",
    arguments: ["palette.png", "interlaced.png", "progressive.jpg", "cmyk.jpg", "turned6.jpg"])
  func mutated(_ name: String) throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path(name))))
    var state: UInt64 = 99
    for _ in 0..<400 {
      var damaged = bytes
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] ^= UInt8(truncatingIfNeeded: 1 << (state >> 20 & 7))
      }
      _ = try? ImageDecoder.read(damaged, pixelLimit: 1_000_000)
    }
  }

  @Test("an animated WebP is said to be one")
  func animation() throws {
    // Two frames of 2x2 pixels, red and green, as Pillow writes them.
    let bytes: [UInt8] = [
      82, 73, 70, 70, 132, 0, 0, 0, 87, 69, 66, 80, 86, 80, 56, 88, 10, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 0, 0,
      65, 78, 73, 77, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 78, 77, 70, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1,
      0,
      0, 50, 0, 0, 2, 86, 80, 56, 76, 15, 0, 0, 0, 47, 1, 64, 0, 0, 7, 16, 253, 143, 254, 7, 34, 162, 255, 1,
      0,
      65, 78, 77, 70, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 50, 0, 0, 0, 86, 80, 56, 76, 15, 0, 0,
      0,
      47, 1, 64, 0, 0, 7, 208, 255, 136, 254, 7, 34, 162, 255, 1, 0,
    ]
    #expect(throws: ImageError.animation(format: "WebP")) { try ImageDecoder.read(bytes) }
  }
}
