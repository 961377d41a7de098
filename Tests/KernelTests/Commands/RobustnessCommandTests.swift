import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// `attack` and `randomize` in a session, on a small network of random weights and a picture made here.
@Suite("robustness commands") struct RobustnessCommandTests {
  private func session() throws -> Transcript {
    var random = SeededGenerator(seed: 8)
    let pixels = (0..<36 * 48 * 3).map { _ in UInt8(random.index(below: 256)) }
    let path = TemporaryFolder.file("png")
    try PNGEncoder.write(Raster(width: 48, height: 36, pixels: pixels), to: path)
    let transcript = Transcript()
    #expect(
      transcript.run("model resnet9-cifar random=2 as plain\nimage \(path) as picture").mistakeMessage == nil)
    return transcript
  }

  private func image(_ transcript: Transcript, _ name: String) throws -> LoadedImage {
    try #require(transcript.session.workspace.value(named: name, as: LoadedImages.self)?.images.first)
  }

  private func logits(_ transcript: Transcript, _ image: LoadedImage) throws -> [Double] {
    try #require(transcript.session.workspace.currentIfAny(LoadedModel.self)).logits(of: image)
  }

  @Test("an attack stays within its range, lowers the class, and the steps of many go farther than one")
  func attack() throws {
    let transcript = try session()
    let model = try #require(transcript.session.workspace.currentIfAny(LoadedModel.self))
    let picture = try image(transcript, "picture")
    let before = try logits(transcript, picture)
    let best = try #require(before.indices.max { before[$0] < before[$1] })
    #expect(
      transcript.run("attack epsilon=3 as once\nattack picture epsilon=3 steps=6 as often").mistakeMessage
        == nil)
    let seen = try model.bridge(for: picture).fitted(picture.raster.opaque)
    func share(_ logits: [Double]) -> Double { 1 / logits.reduce(0) { $0 + exp($1 - logits[best]) } }
    var shares = [share(before)]
    for name in ["once", "often"] {
      let changed = try image(transcript, name)
      let steps = zip(changed.raster.pixels, seen.pixels).map { abs(Int($0) - Int($1)) }
      #expect(steps.max() == 3)
      shares.append(share(try logits(transcript, changed)))
    }
    #expect(shares[1] < shares[0] && shares[2] < shares[1], "\(shares)")
  }

  @Test("an attack towards a class raises that class")
  func targeted() throws {
    let transcript = try session()
    let before = try logits(transcript, try image(transcript, "picture"))
    let worst = try #require(before.indices.min { before[$0] < before[$1] })
    #expect(transcript.run("attack toward=\(worst) epsilon=6 steps=4 as pushed").mistakeMessage == nil)
    let after = try logits(transcript, try image(transcript, "pushed"))
    #expect(after[worst] - (after.max() ?? 0) > before[worst] - (before.max() ?? 0))
    let seen = after.indices.max { after[$0] < after[$1] } == worst ? 1 : 0
    let text = try #require(transcript.lastResult)
    #expect(text.contains(", \(seen) for "), "\(text)")
    for options in ["class=1 toward=2", "class=-1", "toward=-2"] {
      #expect(transcript.run("attack \(options)").mistakeCode == "unfit-option")
    }
  }

  @Test("a shuffled model is another one, and the kept one is as it was")
  func randomize() throws {
    let transcript = try session()
    let picture = try image(transcript, "picture")
    let before = try logits(transcript, picture)
    #expect(transcript.run("randomize as broken").mistakeMessage == nil)
    let shuffled = try logits(transcript, picture)
    #expect(shuffled != before && shuffled.count == before.count)
    #expect(transcript.run("randomize as twice").mistakeMessage == nil)
    let name = transcript.session.workspace.currentIfAny(LoadedModel.self)?.model.name
    #expect(name == "resnet9-cifar, shuffled")
    #expect(transcript.run("model plain").mistakeMessage == nil)
    #expect(try logits(transcript, picture) == before)
    #expect(transcript.run("randomize nowhere").mistakeCode == "unknown-layer")
    #expect(try logits(transcript, picture) == before)
  }
}
