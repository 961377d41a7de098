import Display
import Foundation
import Testing

/// What lies exactly at a bound.
@Suite("bounds of figures and heat") struct BoundTests {
  @Test("a box takes a pixel whose middle lies on its right edge (Pillow 11: BOX of 10, 20, 40 to two)")
  func box() {
    let row = Raster(width: 3, height: 1, pixels: [10, 10, 10, 20, 20, 20, 40, 40, 40])
    #expect(row.resized(width: 2, height: 1, filter: .box).pixels == [15, 15, 15, 40, 40, 40])
  }

  @Test("heat that is no number is not above a threshold; what is at the threshold stays")
  func mask() {
    let picture = Raster(width: 3, height: 1, pixels: [UInt8](repeating: 100, count: 9))
    let heat = Plane(width: 3, height: 1, values: [.nan, 0.5, 0.49])
    let found = Overlay.mask(picture, heat, threshold: 0.5, rest: 0.5)
    #expect(found.pixels == [50, 50, 50, 100, 100, 100, 50, 50, 50])
  }

  @Test("bytes of numbers too large for any integer are zero, and mixed colours are rounded as OpenCV does")
  func bytes() {
    let huge = Plane(width: 3, height: 1, values: [1e30, -1e30, 257.0 / 255])
    #expect(ReferenceRecipe.wrappedBytes(of: huge) == [0, 0, 1])
    // 0.6 * 3 + 0.4 * 0 = 1.8; blue begins at a half: 1.8 + 51.
    let picture = Raster(width: 2, height: 2, pixels: [UInt8](repeating: 3, count: 12))
    let found = ReferenceRecipe.wrappedBytes.overlay(
      picture, Plane(width: 2, height: 2, values: [0, 0, 0, 0]))
    #expect(Array(found.pixels[..<3]) == [2, 2, 53])
  }

  @Test("ticks do not move for the last bit of a number; small steps have exponents")
  func ticks() throws {
    // 0.1 + 0.2 is a little more than 0.3.
    let first = try #require(TickScale(from: 0.1 + 0.2, to: 0.7, about: 4).ticks.first)
    #expect(abs(first - 0.3) < 1e-12)
    #expect(TickScale(from: 0, to: 0.1 * 3, about: 3).step == 0.1)
    #expect(TickScale(from: 0, to: 2e-4, about: 4).labels.contains("5e-05"))
  }

  @Test(
    "a histogram's last bin has its end, every other one its beginning (numpy.histogram of 0, 0.5, 1 in two)")
  func histogram() {
    #expect(Histogram([0, 0.5, 1], bins: 2).counts == [1, 2])
  }

  @Test("a file beyond the limit is refused before it is read")
  func size() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try #require(FileHandle(forWritingAtPath: path))
    let size = 512 << 20 + 1
    try file.truncate(atOffset: UInt64(size))
    try file.close()
    #expect(throws: ImageError.fileTooLarge(bytes: size, limit: 512 << 20)) {
      try ImageDecoder.read(path: path)
    }
  }
}
