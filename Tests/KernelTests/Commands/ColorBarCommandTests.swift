import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

@Suite("colorbar= tells the scale of heat") struct ColorBarCommandTests {
  private let transcript = Transcript()

  init() throws {
    var random = SeededGenerator(seed: 6)
    let path = TemporaryFolder.file("png")
    try PNGEncoder.write(
      Raster(width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { _ in UInt8(random.index(below: 256)) }),
      to: path)
    run("model resnet9-cifar random=3;\nimage '\(path)';")
  }

  private func run(_ cell: String) {
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeCode == nil, "\(cell): \(outcome.mistakeMessage ?? "")")
  }

  /// The scales that the panels of a kept value tell.
  private func scales(_ name: String = "last") throws -> [ColorBar] {
    let value = try #require(transcript.session.workspace.value(named: name) as? any DrawnValue)
    return try value.panels(with: transcript.session.settings, look: HeatLook()).compactMap(\.heat)
  }

  @Test("its numbers are those that the colours stand for")
  func numbers() throws {
    run("grad-cam as plain;")
    #expect(try scales("plain").isEmpty)
    run("grad-cam colorbar=yes;")
    #expect(try scales() == [ColorBar(ColormapCatalog.standard, label: "share of the greatest")])
    run("grad-cam colorbar=yes colormap=viridis normalize=minmax;")
    let spread = try #require(scales().first)
    #expect(spread.map.name == "viridis" && spread.least == 0 && spread.greatest == 1)
    run("layer-cam normalize=none colorbar=yes as raw;\nlayer-cam signed=yes colorbar=yes as both;")
    // Of the map as it is drawn: where no pixel falls on its greatest place, that is a little less.
    func drawn(_ name: String, _ map: (Explanation) -> SaliencyMap) throws -> SaliencyMap {
      let value = try #require(transcript.session.workspace.value(named: name, as: ExplanationResult.self))
      guard case .picture(let overlay) = try value.part("overlay", with: transcript.session.settings) else {
        Issue.record("no picture")
        return map(value.items[0].explanation)
      }
      return map(value.items[0].explanation).resized(height: overlay.height, width: overlay.width)
    }
    let raw = try #require(scales("raw").first)
    #expect(try raw.least == 0 && raw.greatest == Double(drawn("raw", \.map).maximum) && raw.greatest > 0)
    let both = try #require(scales("both").first)
    let signed = try drawn("both", \.signedMap)
    #expect(both.map == ColormapCatalog.signedStandard && both.least == -both.greatest)
    #expect(both.greatest == Double(max(abs(signed.minimum), abs(signed.maximum))) && both.greatest > 0)
  }

  @Test("every verb with heat draws it, several pictures have one, and show and figure add or leave it out")
  func verbs() throws {
    let settings = transcript.session.settings
    for cell in [
      "eigen-cam", "grad-cam class=1,2 signed=yes", "guided-backprop", "compare grad-cam eigen-cam",
      "sweep grad-cam", "ablate top=2",
    ] {
      run("\(cell) as a;")
      let plain = try picture("show a")
      let barred = try picture("show a colorbar=yes")
      #expect(barred.width > plain.width, "\(cell)")
      run("\(cell) colorbar=yes as b;")
      // Sizes: captions say how long it took.
      let kept = [try picture("show b"), try picture("show b colorbar=no")]
      #expect(kept.map(\.width) == [barred.width, plain.width], "\(cell)")
      #expect(kept.map(\.height) == [barred.height, plain.height], "\(cell)")
    }
    run("compare grad-cam eigen-cam colorbar=yes as c;")
    let figure = try #require(transcript.session.workspace.value(named: "c", as: PanelResult.self))
    #expect(try figure.grid(with: settings).colorBar?.label == "share of the greatest")
    run("grad-cam as x;\nlayer-cam colorbar=yes as y;\ndiff x y as d;")
    let difference = try picture("show d")
    #expect(try picture("show d colorbar=yes").width > difference.width)
    let plain = try picture("figure x y")
    #expect(try picture("figure x y colorbar=yes").width > plain.width)
  }

  @Test("what has no scale, or none in common, is refused where it is asked for")
  func refused() {
    run("grad-cam as x;\ngrad-cam signed=yes as s;\nclassify as k;")
    for cell in [
      "figure x s colorbar=yes", "figure k colorbar=yes", "show k colorbar=yes",
      "grad-cam compat=002 colorbar=yes",
    ] {
      #expect(transcript.run(cell).mistakeCode == "unfit-option", "\(cell)")
    }
    run("figure x k colorbar=yes")
    run("grad-cam compat=002 colorbar=yes colormap=jet")
  }

  @Test("a saved picture has the bar that the result was kept with, a part of it has none")
  func saved() throws {
    run("grad-cam colorbar=yes as x;")
    let path = TemporaryFolder.file("png")
    run("save x '\(path)'")
    let figure = try ImageDecoder.read(path: path).raster
    run("save x '\(path)' what=overlay")
    let part = try ImageDecoder.read(path: path).raster
    #expect(figure.width > part.width && part.width == part.height)
    run("save x '\(TemporaryFolder.file("svg"))'")
  }

  private func picture(_ cell: String) throws -> Raster {
    run(cell)
    let data = try #require(transcript.output.bundles.last?.data.first { $0.type == "image/png" })
    return try ImageDecoder.read(try #require(data.content.string.flatMap(Base64.bytes))).raster
  }
}
