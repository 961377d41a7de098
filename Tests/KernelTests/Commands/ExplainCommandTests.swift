import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// The explanation verbs in a session, on a small network of random weights and a picture made here.
@Suite("explanation commands") struct ExplainCommandTests {
  private static let picture: String = {
    var random = SeededGenerator(seed: 5)
    let pixels = (0..<40 * 48 * 3).map { _ in UInt8(random.index(below: 256)) }
    let path = TemporaryFolder.file("png")
    try? PNGEncoder.write(Raster(width: 48, height: 40, pixels: pixels), to: path)
    return path
  }()

  private func session(model: String = "resnet9-cifar random=1") -> Transcript {
    let transcript = Transcript()
    let outcome = transcript.run("model \(model)\nimage \(Self.picture)")
    #expect(outcome.mistakeMessage == nil)
    return transcript
  }

  private func result(_ transcript: Transcript, _ name: String = "last") throws -> DisplayBundle {
    let value = try #require(transcript.session.workspace.value(named: name))
    return try value.bundle(with: transcript.session.settings)
  }

  private func facts(_ bundle: DisplayBundle) throws -> JSONValue {
    try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content)
  }

  @Test("every method's verb gives an overlay, a text that is complete without it, and numbers")
  func verbs() throws {
    let transcript = session()
    for type in CAMCatalog.all {
      let few = type.parameters.contains { $0.name == "samples" } ? " samples=1" : ""
      let outcome = transcript.run("\(type.name)\(few)")
      #expect(outcome.mistakeMessage == nil, "\(type.name)")
      let bundle = try result(transcript)
      #expect(bundle.data.contains { $0.type == "image/png" }, "\(type.name)")
      for part in [type.name, "resnet9-cifar", " at "] {
        #expect(bundle.plainText.contains(part), "\(type.name)")
      }
      let facts = try facts(bundle)
      #expect(facts["verb"] == .string(type.name) && facts["warnings"] != nil && facts["map"] != nil)
    }
  }

  @Test(
    "under a reference work's quirks what speaks against a class is what speaks for it with the other sign",
    arguments: ["001", "003", "004"])
  func compatibleCounterfactual(_ work: String) throws {
    let transcript = session()
    var maps: [[Float]] = []
    for word in ["3", "-3"] {
      // The first work cuts each weighted map at zero before their sum, so its weights are looked at.
      let cell = "ablation-cam class=\(word) compat=\(work) activation=none as a"
      #expect(transcript.run(cell).mistakeMessage == nil, "\(cell)")
      let kept = try #require(transcript.session.workspace.value(named: "a", as: ExplanationResult.self))
      maps.append(try #require(kept.items.first?.explanation.weights))
    }
    #expect(maps[0].contains { $0 != 0 })
    #expect(zip(maps[0], maps[1]).allSatisfy { abs($0 + $1) <= 1e-6 * max(1, abs($0)) })
  }

  @Test("a work that does not know a method is refused with those that do")
  func otherWorks() throws {
    guard case .mistake(_, _, let lines) = session().run("grad-cam compat=001").ending else {
      Issue.record("it was taken")
      return
    }
    #expect(lines.joined().contains("compat= can be 002 or 003 or pgc there"))
  }

  @Test("compare has a panel for each class and method")
  func compare() throws {
    let transcript = session()
    #expect(transcript.run("compare ablation-cam grad-cam eigen-cam class=3,-5").mistakeMessage == nil)
    let facts = try facts(try result(transcript))
    guard case .array(let results) = facts["results"] else {
      Issue.record("no results")
      return
    }
    #expect(results.count == 6 && facts["columns"] == .integer(3))
    #expect(results[3]["class"]?["counterfactual"] == .bool(true))
  }

  @Test("sweep goes over layers of every resolution, or over the best classes")
  func sweep() throws {
    let transcript = session()
    for (cell, count) in [("sweep grad-cam classes=top5", 5), ("sweep ablation-cam layers=default", 1)] {
      #expect(transcript.run(cell).mistakeMessage == nil)
      guard case .array(let results) = try facts(try result(transcript))["results"] else {
        Issue.record("no results of \(cell)")
        continue
      }
      #expect(results.count == count)
    }
    #expect(transcript.run("sweep grad-cam").mistakeMessage == nil)
    #expect(transcript.run("sweep grad-cam layers=default classes=top2").mistakeCode == "unfit-option")
  }

  @Test(
    "a figure's title says what all of its panels share",
    arguments: [
      ("sweep grad-cam class=3", "grad-cam of resnet9-cifar for cat"),
      ("sweep grad-cam classes=3,5", "grad-cam of resnet9-cifar at LAYER"),
      ("sweep grad-cam layers=default class=-3", "grad-cam of resnet9-cifar at LAYER against cat"),
      ("compare grad-cam eigen-cam class=3", "resnet9-cifar at LAYER"),
    ])
  func titles(_ cell: String, _ title: String) throws {
    let transcript = session()
    #expect(transcript.run("\(cell) as panels").mistakeMessage == nil)
    let figure = try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    let layer = try #require(figure.items.first?.explanation.layers.first)
    #expect(
      try figure.grid(with: transcript.session.settings).title
        == title.replacingOccurrences(of: "LAYER", with: layer))
  }

  @Test("ablate gives the drops that ablation-cam weighs by")
  func ablate() throws {
    let transcript = session()
    #expect(transcript.run("ablate channels=3,0 class=2").mistakeMessage == nil)
    let facts = try facts(try result(transcript))
    #expect(transcript.run("ablation-cam class=2 weight=drop as a").mistakeMessage == nil)
    let kept = try #require(transcript.session.workspace.value(named: "a", as: ExplanationResult.self))
    let weights = try #require(kept.items.first?.explanation.weights)
    guard case .array(let units) = facts["units"] else {
      Issue.record("no units")
      return
    }
    for (unit, channel) in zip(units, [3, 0]) {
      guard case .number(let drop) = unit["drop"] else {
        Issue.record("no drop")
        continue
      }
      #expect(abs(drop - Double(weights[channel])) < 1e-5)
    }
    #expect(transcript.run("ablate locations=0:0").mistakeMessage == nil)
    for (cell, names) in [
      ("ablate channels=3,0,3", ["3", "0"]), ("ablate locations=1:0,0:0,1:0", ["1:0", "0:0"]),
    ] {
      #expect(transcript.run(cell).mistakeMessage == nil)
      let lines = try result(transcript).plainText.split(separator: "\n").compactMap {
        $0.split(separator: " ").first
      }
      #expect(lines.filter { names.contains(String($0)) }.map(String.init) == names, "\(cell): \(lines)")
    }
    #expect(transcript.run("ablate channels=9999").mistakeCode == "unknown-unit")
    #expect(transcript.run("ablate locations=99:0").mistakeCode == "unknown-unit")
    #expect(transcript.run("ablate locations=here").mistakeCode == "bad-value")
  }

  @Test(
    "ablate says whether it is against a class, what stood in the units' place, and where that changes nothing"
  )
  func ablateWords() throws {
    let transcript = session()
    #expect(transcript.run("ablate class=-2").mistakeMessage == nil)
    #expect(transcript.lastResult?.contains("against class 2 ") == true)
    #expect(try facts(try result(transcript))["class"]?["counterfactual"] == .bool(true))
    #expect(transcript.run("ablate baseline=mean").mistakeMessage == nil)
    let bundle = try result(transcript)
    #expect(bundle.plainText.contains("baseline mean") && bundle.plainText.contains("only means are read"))
    #expect(bundle.beside.warnings.count == 1)
    guard case .array(let units) = try facts(bundle)["units"] else {
      Issue.record("no units")
      return
    }
    #expect(!units.isEmpty && units.allSatisfy { $0["drop"] == .number(0) })
    #expect(try facts(bundle)["options"]?["baseline"] == .string("mean"))
  }

  @Test("a map differs from itself by nothing")
  func diff() throws {
    let transcript = session()
    #expect(transcript.run("eigen-cam as a\neigen-cam as b\ndiff a b").mistakeMessage == nil)
    let facts = try facts(try result(transcript))
    guard case .number(let correlation) = facts["correlation"] else {
      Issue.record("no correlation")
      return
    }
    #expect(abs(correlation - 1) < 1e-9 && facts["greatest_difference"] == .number(0))
    #expect(transcript.run("eigen-cam class=1,2 as many\ndiff many a").mistakeCode == "several-results")
  }

  @Test("benchmark measures the methods and the plain loop")
  func benchmark() throws {
    let transcript = session()
    #expect(transcript.run("benchmark ablation-cam grad-cam runs=1").mistakeMessage == nil)
    guard case .array(let rows) = try facts(try result(transcript))["rows"] else {
      Issue.record("no rows")
      return
    }
    #expect(
      rows.map { $0["method"] } == [.string("ablation-cam"), .string("ablation-cam"), .string("grad-cam")])
  }

  @Test(
    "a mistake is named",
    arguments: [
      ("grad-cam layer=layr4", "unknown-layer"), ("grad-cam class=99", "unknown-class"),
      ("grad-cam class=zebra-crossing", "unknown-class"), ("grad-cam score=odds", "bad-value"),
      ("grad-cam smooth=more", "bad-value"), ("grad-cam image=/nowhere/at.png", nil),
      ("compare grad-cma", "unknown-method"), ("eigen-cam compat=004", "cannot-explain"),
      ("ablation-cam baseline=median", "bad-value"),
    ] as [(String, String?)])
  func mistakes(_ cell: String, _ code: String?) {
    let transcript = session()
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeCode != nil)
    if let code { #expect(outcome.mistakeCode == code) }
    // The session is as it was.
    #expect(transcript.run("grad-cam").mistakeMessage == nil)
  }

  @Test("a reference work's own score is explained where none is given")
  func referenceScore() throws {
    let transcript = session()
    for (options, kind) in [
      ("grad-cam", "logit"), ("grad-cam compat=002", "softmax"), ("grad-cam compat=003", "softmax"),
      ("grad-cam++ compat=002", "softmax"), ("ablation-cam compat=004", "softmax"),
      ("grad-cam compat=002 score=logit", "logit"), ("grad-cam compat=pgc", "logit"),
    ] {
      #expect(transcript.run("\(options) class=3").mistakeMessage == nil)
      #expect(try facts(try result(transcript))["score"]?["kind"] == .string(kind), "\(options)")
    }
  }

  @Test(
    "pytorch-grad-cam's way scales between least and greatest, and leaves weight= and normalize= to who asks")
  func pytorchGradCAM() throws {
    let transcript = session()
    func explanation(_ options: String) throws -> Explanation {
      #expect(transcript.run("ablation-cam class=3 \(options) as a").mistakeMessage == nil, "\(options)")
      return try #require(
        transcript.session.workspace.value(named: "a", as: ExplanationResult.self)?.items.first?.explanation)
    }
    let plain = try explanation("compat=pgc")
    #expect(plain.normalization == .minmax)
    #expect(try explanation("compat=pgc normalize=max").normalization == .max)
    let drops = try explanation("compat=pgc weight=drop")
    let (shares, own) = (try #require(plain.weights), try #require(drops.weights))
    // A share is the drop over the score.
    #expect(own.contains { $0 != 0 } && own != shares)
    #expect(zip(shares, own).allSatisfy { abs($0 * Float(abs(plain.scoreValue)) - $1) < 1e-5 })
  }

  @Test("a name that two classes share lists both")
  func sharedNames() {
    let transcript = session(model: "efficientnet-lite0 random=1")
    for name in ["crane", "maillot", "retriever"] {
      let outcome = transcript.run("grad-cam class=\(name)")
      #expect(outcome.mistakeCode == "ambiguous-class", "\(name)")
    }
    #expect(transcript.run("grad-cam class=tiger").mistakeMessage == nil)
  }

  @Test("Tab offers classes and ranks, and behind a minus the same for what speaks against them")
  func classCompletion() {
    func offered(_ text: String, _ transcript: Transcript) -> [String] {
      transcript.session.complete(text, cursor: text.unicodeScalars.count).matches.map(\.text)
    }
    let known = session()
    for verb in ["grad-cam class=", "sweep grad-cam classes=", "compare grad-cam class=cat,"] {
      #expect(offered(verb + "d", known) == ["deer", "dog"], "\(verb)")
      #expect(offered(verb + "-d", known) == ["-deer", "-dog"], "\(verb)")
      #expect(offered(verb + "top", known) == ["top1", "top2", "top3", "top4", "top5"], "\(verb)")
      #expect(offered(verb + "-", known).count == 6 + 10, "\(verb)")
    }
    #expect(offered("grad-cam class=\"-tr", known) == ["-true", "-truck"])
    #expect(offered("grad-cam class=top", Transcript()).count == 5)
    let few = session(model: "resnet9-cifar random=1 classes=2")
    #expect(offered("grad-cam class=top", few) == ["top1", "top2"])
    for word in ["-dog", "-top2", "top5"] {
      #expect(known.run("grad-cam class=\(word)").mistakeMessage == nil, "\(word)")
    }
  }

  @Test("cam says what stands behind a layer that it does not fit")
  func unfit() {
    let transcript = session(model: "cifar100-conv7 random=1")
    let outcome = transcript.run("cam")
    #expect(
      outcome.mistakeCode == "wrong-layer"
        && outcome.mistakeMessage?.contains("global average pooling") == true)
  }
}
