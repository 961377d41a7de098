import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// Networks that end in something else than the scores of one choice, and layers without places.
///
/// On a black picture the scores of the fixtures are the biases of their last layer (Tests/Oracle/models_onnx.py).
@Suite("odd networks") struct OddNetworkTests {
  private static let black: String = {
    let path = TemporaryFolder.file("png")
    try? PNGEncoder.write(
      Raster(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 8 * 8 * 3)), to: path)
    return path
  }()

  private func session(_ name: String) -> Transcript {
    let transcript = Transcript()
    let file = "\(SharedFiles.checkout)/Tests/Fixtures/models/\(name).onnx"
    let outcome = transcript.run("model '\(file)' mean=0 std=1 resize=none\nimage \(Self.black);")
    #expect(outcome.mistakeMessage == nil)
    return transcript
  }

  private func facts(_ transcript: Transcript, _ cell: String) throws -> JSONValue {
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeMessage == nil, "\(cell)")
    let value = try #require(transcript.session.workspace.value(named: "last"))
    let bundle = try value.bundle(with: transcript.session.settings)
    return try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content)
  }

  private func probabilities(_ transcript: Transcript) throws -> [Int: Double] {
    let classes = try facts(transcript, "classify")["images"]?.array?.first?["classes"]?.array ?? []
    return Dictionary(
      uniqueKeysWithValues: classes.compactMap { entry in
        guard case .integer(let index) = entry["index"] else { return nil }
        return entry["probability"]?.real.map { (index, $0) }
      })
  }

  @Test("behind a sigmoid each class has a probability of its own")
  func labels() throws {
    let transcript = session("labels")
    let found = try probabilities(transcript)
    for (index, bias) in [1.0, -1, 2].enumerated() {
      #expect(abs((found[index] ?? 0) - 1 / (1 + exp(-bias))) < 1e-6)
    }
    #expect(transcript.run("grad-cam class=1").mistakeMessage == nil)
    #expect(transcript.lastResult?.contains("logit -1, probability 26.9%") == true)
  }

  @Test("a single score has the probability of its sigmoid, which is what methods of probabilities explain")
  func singleScore() throws {
    let transcript = session("single-score")
    #expect(abs((try probabilities(transcript)[0] ?? 0) - 1 / (1 + exp(-1.0))) < 1e-6)
    #expect(try facts(transcript, "recipro-cam")["score"]?["kind"] == "sigmoid")
    let compared = try facts(transcript, "ablation-cam score=softmax")
    #expect(
      compared["warnings"]?.array?.contains(
        "softmax of a single class is the same for every picture; use score=logit or score=sigmoid") == true)
  }

  @Test("a mistake about its only class says that it is one")
  func onlyClass() {
    let transcript = session("single-score")
    #expect(
      transcript.run("grad-cam class=5").mistakeMessage?.hasSuffix("single-score has class 0 only") == true)
    #expect(
      transcript.run("grad-cam class=top2").mistakeMessage?.hasSuffix("single-score has 1 class") == true)
  }

  @Test("evaluate measures the probability that the network means")
  func evaluation() throws {
    let table = try facts(session("single-score"), "evaluate grad-cam metrics=deletion images=1")
    let text = String(describing: table)
    #expect(text.contains("0.731058"), "\(text)")
  }

  @Test("a network without maps says so, whichever verb asks, and is explained by its input")
  func withoutMaps() throws {
    let transcript = session("flat")
    for cell in ["ablation-cam", "refine-cam", "sweep grad-cam", "compare refine-cam grad-cam"] {
      let outcome = transcript.run(cell)
      #expect(["wrong-layer", "cannot-explain"].contains(outcome.mistakeCode ?? ""), "\(cell)")
    }
    guard case .mistake(_, _, let lines) = transcript.run("ablation-cam").ending else {
      Issue.record("a map of no layer")
      return
    }
    #expect(lines.joined().contains("no layer yields maps; layer=input explains by the picture itself"))
    #expect(transcript.run("grad-cam layer=input").mistakeMessage == nil)
  }

  @Test("an output that is no row of scores is warned of, and the output that is one named")
  func pictureFirst() throws {
    let transcript = Transcript()
    let file = "\(SharedFiles.checkout)/Tests/Fixtures/models/picture-first.onnx"
    #expect(transcript.run("model '\(file)'").mistakeMessage == nil)
    let text = try #require(transcript.lastResult)
    #expect(text.contains("144 classes"))
    #expect(
      text.contains(
        "the output is 4x6x6, no row of scores: each of its 144 values counts as a class; export the network with its output 'scores' first"
      ))
    #expect(transcript.run("image \(Self.black)\ngrad-cam class=143").mistakeMessage == nil)
  }

  private static let noise: String = {
    var random = SeededGenerator(seed: 12)
    let path = TemporaryFolder.file("png")
    let pixels = (0..<8 * 8 * 3).map { _ in UInt8(96 + random.index(below: 64)) }
    try? PNGEncoder.write(Raster(width: 8, height: 8, pixels: pixels), to: path)
    return path
  }()

  @Test("an attack drives a single score to the other side, or where it is told")
  func attackOfSingleScore() throws {
    let transcript = session("single-score")
    #expect(transcript.run("image \(Self.noise) as noise;").mistakeMessage == nil)
    func attack(_ options: String) throws -> (before: Double, after: Double, changed: JSONValue?) {
      let outcome = transcript.run("attack noise epsilon=80 steps=20 \(options)")
      #expect(outcome.mistakeMessage == nil)
      let data = transcript.output.bundles.last?.data ?? []
      let facts = try #require(data.first { $0.type == DisplayBundle.factsType }?.content["images"]?[0])
      func probability(_ key: String) throws -> Double {
        try #require(facts[key]?["probability"]?.real)
      }
      return (try probability("before"), try probability("after"), facts["changed"])
    }
    let free = try attack("")
    #expect((free.before < 0.5) != (free.after < 0.5) && free.changed == .bool(true), "\(free)")
    #expect(transcript.lastResult?.contains("1 of 1 picture taken for something else") == true)
    let down = try attack("class=0")
    #expect(down.after < down.before, "\(down)")
    let up = try attack("toward=0")
    #expect(up.after > up.before, "\(up)")
    #expect(
      transcript.lastResult?.contains(", \(up.after >= 0.5 ? 1 : 0) for ") == true,
      "\(transcript.lastResult ?? "")")
  }

  @Test("an attack on one of several labels says what became of it")
  func attackOfLabel() throws {
    let transcript = session("labels")
    #expect(transcript.run("image \(Self.noise);\nclassify").mistakeMessage == nil)
    #expect(transcript.run("attack toward=top3 epsilon=1").mistakeMessage == nil)
    let text = try #require(transcript.lastResult)
    #expect(text.contains("; ") && text.split(separator: "->").count == 3, "\(text)")
  }

  @Test("panels whose heat shows no place say so, whichever verb made them")
  func emptyPanels() throws {
    let transcript = session("labels")
    for cell in ["compare grad-cam hires-cam", "sweep grad-cam classes=top2", "sweep grad-cam"] {
      #expect(transcript.run("\(cell) as panels").mistakeMessage == nil)
      let figure = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
      #expect(figure.captions.allSatisfy { $0.hasSuffix("zero everywhere") }, "\(cell): \(figure.captions)")
    }
    let grey = TemporaryFolder.file("png")
    try PNGEncoder.write(Raster(width: 8, height: 8, color: (200, 180, 90)), to: grey)
    let cell = "image \(grey);\ncompare grad-cam hires-cam layer=input signed=yes as panels"
    #expect(transcript.run(cell).mistakeMessage == nil)
    let figure = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    // Grad-CAM's weights are means over positions, so on one colour its map has one value; HiRes-CAM's has not.
    #expect(figure.captions[0].hasSuffix(" everywhere") && !figure.captions[0].hasSuffix("zero everywhere"))
    #expect(!figure.captions[1].contains("everywhere"), "\(figure.captions)")
    #expect(
      transcript.run("compare grad-cam layer=input image=\(Self.noise) as panels").mistakeMessage == nil)
    let full = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    #expect(!full.captions[0].contains("everywhere"))
  }

  @Test("finer-cam says which classes it told the class from")
  func rivals() throws {
    let transcript = session("labels")
    let facts = try facts(transcript, "finer-cam class=2 others=1")
    #expect(facts["compared"]?[0]?["index"] == .integer(0) && facts["compared"]?.array?.count == 1)
    #expect(transcript.lastResult?.contains("\ncompared with ") == true)
    #expect(try self.facts(transcript, "finer-cam class=2")["compared"]?.array?.count == 2)
    #expect(try self.facts(transcript, "grad-cam")["compared"]?.array?.isEmpty == true)
    #expect(transcript.lastResult?.contains("compared with") == false)
  }

  @Test("positions that are all alike make no map of rounding")
  func alike() throws {
    let facts = try facts(session("labels"), "kpca-cam")
    #expect(facts["map"]?["max"]?.real == 0)
    #expect(facts["warnings"]?.array?.isEmpty == false)
  }
}

extension JSONValue {
  fileprivate var real: Double? { if case .number(let number) = self { number } else { nil } }
}
