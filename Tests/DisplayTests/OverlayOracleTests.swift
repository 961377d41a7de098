import Display
import Foundation
import Testing

private struct OverlayOracle: Decodable {
  struct Overlay: Decodable {
    let map: String
    let alpha: Float
    let pixels: [Int]
  }
  let heat: [Float]
  let photo: [UInt8]
  let overlays: [Overlay]
}

@Suite("heat on pictures") struct OverlayOracleTests {
  @Test("overlays are matplotlib's colours blended, to one step")
  func blend() throws {
    let oracle = try DisplayFixtures.decoded("overlay.json", as: OverlayOracle.self)
    let photo = Raster(width: 9, height: 8, pixels: oracle.photo)
    for item in oracle.overlays {
      let map = try #require(ColormapCatalog.named(item.map))
      let found = Overlay.blend(
        photo, Plane(width: 9, height: 8, values: oracle.heat), map: map, alpha: item.alpha)
      for (found, wanted) in zip(found.pixels, item.pixels) { #expect(abs(Int(found) - wanted) <= 1) }
    }
  }

  @Test("every map has 256 colours and a name of its own")
  func catalogue() {
    #expect(ColormapCatalog.all.allSatisfy { $0.table.count == 768 })
    #expect(Set(ColormapCatalog.all.map(\.name)).count == ColormapCatalog.all.count)
    let jet = ColormapCatalog.standard
    #expect(jet[0] == (0, 0, 127) && jet[128] == (124, 255, 121) && jet[224] == (255, 29, 0))
    #expect(ColormapCatalog.named("opencv-jet").map { $0[160] == (255, 252, 0) } == true)
  }

  @Test("no number and infinities have a colour")
  func unusual() {
    let heat = Plane(width: 4, height: 1, values: [.nan, -.infinity, .infinity, 1])
    #expect(Overlay.steps(of: heat) == [0, 0, 255, 255])
    #expect(heat.scaled(from: 0, to: 0).values == [0, 0, 0, 0])
  }
}

@Suite("writing PNG") struct PNGEncoderTests {
  private func random(_ width: Int, _ height: Int, channels: Int, colors: Int) -> Raster {
    var state: UInt64 = 17
    let pixels = (0..<width * height).flatMap { _ -> [UInt8] in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Int(state >> 33) % colors
      return (0..<channels).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return Raster(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test(
    "what is written reads back the same",
    arguments: [(3, 1 << 24), (3, 256), (3, 257), (3, 1), (4, 1 << 30)])
  func roundTrip(_ channels: Int, _ colors: Int) throws {
    for (width, height) in [(1, 1), (17, 9), (64, 64)] {
      let raster = random(width, height, channels: channels, colors: colors)
      for effort in [PNGEncoder.Effort.fast, .small] {
        let bytes = try PNGEncoder.encode(raster, notes: [("Model", "resnet18 – Katze")], effort: effort)
        #expect(try ImageDecoder.read(bytes, alpha: channels == 4).raster == raster)
        #expect(bytes.count < 200 || bytes.contains(subsequence: Array("resnet18 – Katze".utf8)))
      }
    }
  }

  /// Waves with noise: large enough for several bands of rows.
  private var photograph: Raster {
    let noise = random(512, 400, channels: 3, colors: 1 << 24)
    var raster = noise
    for index in noise.pixels.indices {
      let (x, y) = (index / 3 % 512, index / 3 / 512)
      let wave = 120 + 100 * sin(Double(x) / 37 + Double(index % 3)) * cos(Double(y) / 29)
      raster.pixels[index] = UInt8(wave + Double(noise.pixels[index] & 15))
    }
    for index in 0..<512 * 3 * 40 { raster.pixels[index] = 255 }
    return raster
  }

  @Test("bands of rows that are compressed at the same time join to one picture")
  func bands() throws {
    for effort in [PNGEncoder.Effort.fast, .small] {
      #expect(try ImageDecoder.read(PNGEncoder.encode(photograph, effort: effort)).raster == photograph)
    }
  }

  @Test("no sample is farther away than the tolerance, white stays white, and the file is smaller")
  func tolerance() throws {
    var sizes: [Int] = []
    for tolerance in [0, 1, 2, 4] {
      let bytes = try PNGEncoder.encode(photograph, tolerance: tolerance)
      let seen = try ImageDecoder.read(bytes).raster
      let differences = zip(seen.pixels, photograph.pixels).map { abs(Int($0) - Int($1)) }
      #expect(differences.max() == tolerance)
      #expect(seen[100, 10] == (255, 255, 255))
      sizes.append(bytes.count)
    }
    #expect(sizes == sizes.sorted(by: >))
    #expect(sizes[3] < sizes[0] / 2)
  }

  @Test("a picture of few colours gets a palette")
  func palette() throws {
    let bytes = try PNGEncoder.encode(random(64, 64, channels: 3, colors: 256))
    #expect(bytes.contains(subsequence: Array("PLTE".utf8)))
    #expect(bytes.count < 6000)
  }

  @Test("a file is written whole or not at all, and the reason is said")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("png-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.png").path
    let raster = random(9, 9, channels: 3, colors: 9)
    try PNGEncoder.write(raster, to: path)
    #expect(try ImageDecoder.read(path: path).raster == raster)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
    #expect(throws: ImageError.cannotWrite(path: "/no/such/a.png", reason: "its folder does not exist")) {
      try PNGEncoder.write(raster, to: "/no/such/a.png")
    }
    #expect(throws: ImageError.self) { try PNGEncoder.write(raster, to: folder.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
  }
}

extension [UInt8] {
  fileprivate func contains(subsequence other: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: other) }
  }
}
