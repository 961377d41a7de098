import Display
import Foundation
import Testing

@Suite("lines of equal heat") struct ContourTests {
  /// A field of so many numbers a side, made of a function of column and row.
  private func field(_ side: Int, _ value: (Double, Double) -> Double) -> Plane {
    let values = (0..<side * side).map { Float(value(Double($0 % side), Double($0 / side))) }
    return Plane(width: side, height: side, values: values)
  }

  @Test("round a hill they are circles that close, on the side of the hill where the level lies")
  func circle() throws {
    let cone = field(64) { 1 - hypot($0 - 30.3, $1 - 31.7) / 30 }
    for (level, radius) in [(0.5, 15.0), (0.8, 6.0)] {
      let lines = ContourLines(of: cone, at: Float(level)).lines
      let line = try #require(lines.first)
      #expect(lines.count == 1 && line.first == line.last && Double(line.count) > 6 * radius)
      let distances = line.map { abs(hypot($0.x - 30.3, $0.y - 31.7) - radius) }
      #expect(try #require(distances.max()) < 0.03)
    }
    #expect(ContourLines(of: cone, at: 1.1).lines.isEmpty && ContourLines(of: cone, at: -1).lines.isEmpty)
  }

  @Test("at the edge of the field they end; every one of several is drawn once")
  func edges() throws {
    let slope = field(9) { x, _ in x / 8 }
    let upright = try #require(ContourLines(of: slope, at: 0.3).lines.first)
    #expect(upright.count == 9 && upright.allSatisfy { abs($0.x - 2.4) < 1e-5 })
    #expect(Set(upright.map(\.y)) == Set((0..<9).map(Double.init)))
    let waves = field(65) { x, _ in cos(x / 64 * 4 * .pi) }
    #expect(ContourLines(of: waves, at: 0).lines.map(\.count) == [65, 65, 65, 65])
    let hills = field(40) { x, y in max(1 - hypot(x - 10, y - 10) / 6, 1 - hypot(x - 28, y - 27) / 6) }
    let closed = ContourLines(of: hills, at: 0.5).lines
    #expect(closed.count == 2 && closed.allSatisfy { $0.first == $0.last })
  }

  @Test("what is at the level lies inside; what is no number lies outside")
  func inside() {
    let step = Plane(width: 2, height: 2, values: [0.5, 0, 0.5, 0])
    #expect(ContourLines(of: step, at: 0.5).lines == [[Point(0, 0), Point(0, 1)]])
    let hole = Plane(width: 2, height: 2, values: [1, .nan, 1, .nan])
    #expect(ContourLines(of: hole, at: 0.5).lines == [[Point(0.5, 0), Point(0.5, 1)]])
    #expect(ContourLines(of: Plane(width: 2, height: 1, values: [1, 0]), at: 0.5).lines.isEmpty)
  }

  @Test("where opposite corners are inside, the middle says whether they hang together")
  func saddle() {
    // Together: each line goes round one of the low corners, so that it stays on one side of the way between the high ones.
    let together = ContourLines(of: Plane(width: 2, height: 2, values: [1, 0.2, 0.2, 1]), at: 0.5).lines
    #expect(together.allSatisfy { ($0[0].x - $0[0].y) * ($0[1].x - $0[1].y) > 0 })
    let apart = ContourLines(of: Plane(width: 2, height: 2, values: [0.6, 0, 0, 0.6]), at: 0.5).lines
    #expect(apart.count == 2 && apart.allSatisfy { ($0[0].x + $0[0].y - 1) * ($0[1].x + $0[1].y - 1) > 0 })
  }

  @Test("they are drawn in the colours of their levels, on a picture that is as it was elsewhere")
  func drawn() throws {
    let side = 64
    let picture = Raster(
      width: side, height: side, pixels: (0..<side * side * 3).map { UInt8(($0 * 37) % 251) })
    // Half as fine as the picture, and rising to the right: a level's line is upright.
    let slope = field(32) { x, _ in (x + 0.5) / 32 }
    let map = try #require(ColormapCatalog.named("jet"))
    let found = try Overlay.contours(picture, slope, levels: [0.75, 0.25], map: map)
    for level in [0.25, 0.75] as [Float] {
      let wanted = map[UInt8(level * 255)]
      let start = 3 * (20 * side + Int(level * Float(side)))
      let near = [start - 3, start].map { Array(found.pixels[$0..<$0 + 3]) }
      let distances = near.map { pixel in
        max(
          abs(Int(pixel[0]) - Int(wanted.red)), abs(Int(pixel[1]) - Int(wanted.green)),
          abs(Int(pixel[2]) - Int(wanted.blue)))
      }
      #expect(try #require(distances.min()) < 110, "\(level): \(near), wanted \(wanted)")
    }
    let untouched = (0..<side).filter { abs($0 - 16) > 4 && abs($0 - 48) > 4 }
    #expect(
      untouched.allSatisfy { column in
        let start = 3 * (20 * side + column)
        return found.pixels[start..<start + 3] == picture.pixels[start..<start + 3]
      })
    #expect(
      try Overlay.contours(picture, slope, levels: [0.5], map: map, strength: 0).pixels == picture.pixels)
  }
}
