import Display
import Foundation
import Testing

@Suite("reading pictures that nobody wants any more") struct DecodingStopTests {
  /// How often the decoder of a file asks before it is through.
  private func questions(_ name: String) throws -> Int {
    var asked = 0
    _ = try ImageDecoder.read(path: DisplayFixtures.path(name)) {
      asked += 1
      return false
    }
    return asked
  }

  @Test("ends at whichever question, and asks no more", arguments: DisplayFixtures.pictures)
  func everywhere(_ name: String) throws {
    let all = try questions(name)
    #expect(all > 0)
    for last in 1...all {
      var asked = 0
      #expect(throws: ImageError.stopped, "question \(last) of \(all)") {
        try ImageDecoder.read(path: DisplayFixtures.path(name)) {
          asked += 1
          return asked == last
        }
      }
      #expect(asked == last)
    }
  }

  @Test("is asked at least once in a hundred thousand pixels, of every scan and turn")
  func often() throws {
    for name in ["progressive.jpg", "interlaced.png", "turned6.jpg", "cmyk.jpg", "lossy.webp", "rgb16.png"] {
      #expect(try questions(name) >= 2, "\(name)")
    }
    let large = Raster(width: 3000, height: 2000, color: (1, 2, 3))
    var asked = 0
    let read = try ImageDecoder.read(PNGEncoder.encode(large)) {
      asked += 1
      return false
    }
    #expect(read.raster.width == 3000 && asked >= 60, "\(asked)")
  }
}
