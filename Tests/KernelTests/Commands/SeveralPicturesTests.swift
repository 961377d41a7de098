import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// What tells several pictures and classes in one figure apart, and what times mean where a picture was known.
@Suite("several pictures") struct SeveralPicturesTests {
  private static let pictures: [String] = (0..<2).map { seed in
    var random = SeededGenerator(seed: UInt64(seed))
    let pixels = (0..<32 * 32 * 3).map { _ in UInt8(random.index(below: 256)) }
    let path = TemporaryFolder.file("png")
    try? PNGEncoder.write(Raster(width: 32, height: 32, pixels: pixels), to: path)
    return path
  }

  private func session() -> Transcript {
    let transcript = Transcript()
    let cell = "model resnet9-cifar random=1\nimage \(Self.pictures.joined(separator: " "));"
    #expect(transcript.run(cell).mistakeMessage == nil)
    return transcript
  }

  private func panels(_ cell: String) throws -> PanelResult {
    let transcript = session()
    #expect(transcript.run("\(cell) as panels").mistakeMessage == nil)
    return try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
  }

  @Test("a sweep over layers has a row for each picture and class, and says which")
  func layers() throws {
    let figure = try panels("sweep grad-cam class=3,-5")
    let names = Self.pictures.map { String($0.split(separator: "/").last ?? "") }
    #expect(figure.rowHeadings == names.flatMap { ["cat, \($0)", "against dog, \($0)"] })
    #expect(figure.columns * 4 == figure.items.count && figure.columns > 1)
    for (place, item) in figure.items.enumerated() {
      let row = place / figure.columns
      #expect(figure.rowHeadings[row].hasSuffix(item.image.name))
      #expect(item.choice.isCounterfactual == (row % 2 == 1))
    }
  }

  @Test("a sweep over classes has a row for each picture, and its captions say which class is spoken against")
  func classes() throws {
    let figure = try panels("sweep grad-cam classes=3,-3")
    #expect(figure.rowHeadings.count == 2 && figure.columns == 2)
    #expect(figure.captions[0].hasPrefix("cat ") && figure.captions[1].hasPrefix("against cat "))
  }

  @Test("the rows of compare tell a class from what speaks against it")
  func against() throws {
    let figure = try panels("compare grad-cam class=3,-3")
    #expect(figure.rowHeadings.count == 4 && Set(figure.rowHeadings).count == 4)
    #expect(figure.rowHeadings[1].hasPrefix("against cat, "))
  }

  @Test("compare's captions and classify's text say where the pass through the network was known")
  func known() throws {
    let transcript = Transcript()
    #expect(
      transcript.run("model resnet9-cifar random=1\nimage \(Self.pictures[0]);\nclassify").mistakeMessage
        == nil)
    #expect(transcript.lastResult?.contains("known") == false)
    #expect(transcript.run("classify").mistakeMessage == nil)
    #expect(transcript.lastResult?.contains("for 1 picture (the picture was known)") == true)
    #expect(transcript.run("grad-cam\ncompare grad-cam hires-cam as panels").mistakeMessage == nil)
    let figure = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    #expect(figure.captions.allSatisfy { $0.hasSuffix(" (known)") })
    #expect(
      transcript.run("image \(Self.pictures[1]);\ncompare grad-cam hires-cam as panels").mistakeMessage == nil
    )
    let other = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    #expect(other.captions.map { $0.hasSuffix(" (known)") } == [false, true])
  }
}
