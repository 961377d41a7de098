import Display
import Foundation
import Testing

@Suite("damaged JPEG") struct JPEGDamageTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: DisplayFixtures.path(name))))
  }

  /// Where a marker begins.
  private func places(of marker: UInt8, in bytes: [UInt8]) -> [Int] {
    bytes.indices.dropLast().filter { bytes[$0] == 0xFF && bytes[$0 + 1] == marker }
  }

  @Test("bytes that belong to nothing are passed over, as Pillow does")
  func extraneous() throws {
    let sound = try bytes("colour.jpg")
    var odd = sound
    let table = try #require(places(of: 0xDB, in: odd).first)
    odd.insert(contentsOf: [0, 0, 0], at: table)
    #expect(try ImageDecoder.read(odd).raster == ImageDecoder.read(sound).raster)
  }

  @Test("an error names the byte")
  func place() throws {
    let cut = try Array(bytes("colour420.jpg").dropLast(60))
    #expect(
      throws: ImageError.damaged(format: "JPEG", reason: "the file ends too early", offset: cut.count)
    ) { try ImageDecoder.read(cut) }
  }

  @Test("a file of thousands of scans is refused")
  func scans() throws {
    let sound = try bytes("progressive.jpg")
    let last = try #require(places(of: 0xDA, in: sound).last)
    let scan = sound[last..<(sound.count - 2)]
    let bomb = sound[..<last] + (0..<3000).flatMap { _ in scan } + [0xFF, 0xD9]
    let error = try #require(throws: ImageError.self) { try ImageDecoder.read(Array(bomb)) }
    #expect(error.description.contains("more scans than a picture can need"))
  }

  @Test("a missing end marker costs nothing")
  func endless() throws {
    let sound = try bytes("colour.jpg")
    #expect(try ImageDecoder.read(Array(sound.dropLast(2))).raster == ImageDecoder.read(sound).raster)
  }
}
