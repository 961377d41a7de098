import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// What `evaluate`, `attack`, `randomize` and `model` say of themselves in their help.
@Suite("measures, attacks and models by their definitions") struct MeasureDefinitionTests {
  private static let folder: String = {
    let folder = TemporaryFolder.file("set")
    var random = SeededGenerator(seed: 21)
    for name in ["cat", "dog"] {
      try? FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for index in 0..<3 {
        // Noise round another colour for each, so that scores have both signs.
        let colour = (0..<3).map { _ in random.index(below: 200) }
        let pixels = (0..<32 * 32 * 3).map { UInt8(colour[$0 % 3] + random.index(below: 56)) }
        try? PNGEncoder.write(
          Raster(width: 32, height: 32, pixels: pixels), to: "\(folder)/\(name)/\(name)\(index).png")
      }
    }
    return folder
  }()

  private let transcript = Transcript()

  init() {
    run("model resnet9-cifar random=1 as net;\ndataset folder '\(Self.folder)' as photos;")
    run("image '\(Self.folder)/*/*.png' as pictures;\nimage '\(Self.folder)/cat/cat0.png' as picture;")
  }

  private func run(_ cell: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let message = transcript.run(cell).mistakeMessage
    #expect(message == nil, "\(cell)", sourceLocation: sourceLocation)
  }

  private var model: LoadedModel? { transcript.session.workspace.currentIfAny(LoadedModel.self) }

  private func images(_ name: String) throws -> [LoadedImage] {
    try #require(transcript.session.workspace.value(named: name, as: LoadedImages.self)).images
  }

  /// A table's results by its facts.
  private func results(_ cell: String) throws -> [JSONValue] {
    run(cell)
    let value = try #require(transcript.session.workspace.last)
    let bundle = try value.bundle(with: transcript.session.settings)
    let facts = try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content)
    guard case .array(let results)? = facts["results"] else { return [] }
    return results
  }

  private func value(_ metric: String, _ cell: String) throws -> Double {
    try #require(try results("\(cell) metrics=\(metric)").first?["metrics"]?[metric]?.double)
  }

  /// The lines of a table that `evaluate` saved, by their columns.
  private func lines(_ path: String) throws -> [[String: String]] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(
      SavedTable.fields)
    let heading = try #require(lines.first)
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(heading, $0)) }
  }

  // MARK: evaluate

  @Test("pictures are spread over the set, and a method is measured once")
  func spread() throws {
    for (count, names) in [(2, ["cat0", "dog0"]), (3, ["cat0", "cat2", "dog1"])] {
      let path = TemporaryFolder.file("csv")
      let results = try results(
        "evaluate eigen-cam eigen-cam on=photos images=\(count) metrics=complexity save='\(path)'")
      #expect(results.count == 1)
      #expect(try lines(path).compactMap { $0["image"] }.sorted() == names.map { "\($0).png" })
    }
  }

  @Test("mask, class and seed are those that were asked for; a file of one mask does not answer for another")
  func asked() throws {
    // Of a drop and a gain one is zero.
    func change(_ mask: String) throws -> [Double] {
      let cell = "evaluate eigen-cam on=photos images=2 class=3 mask=\(mask)"
      return try ["drop", "gain"].map { try value($0, cell) }
    }
    #expect(try change("top20") != change("soft"))
    let path = TemporaryFolder.file("csv")
    run("evaluate eigen-cam on=photos images=2 metrics=drop class=3 mask=top20 save='\(path)'")
    run("evaluate eigen-cam on=photos images=2 metrics=drop class=3 mask=soft save='\(path)'")
    #expect(try lines(path).compactMap { $0["mask"] }.sorted() == ["soft", "soft", "top20", "top20"])
    let shape = "evaluate grad-cam on=photos images=1"
    #expect(try value("complexity", "\(shape) class=3") != value("complexity", "\(shape) class=-3"))
    for cell in [
      "evaluate random-cam on=photos images=1 class=3", "evaluate eigen-cam on=photos images=1 class=3",
    ] {
      let metric = cell.contains("random") ? "complexity" : "road"
      let found = try [5, 6, 5].map { try value(metric, "set seed=\($0)\n\(cell)") }
      #expect(found[0] == found[2] && found[0] != found[1], "\(cell): \(found)")
    }
  }

  @Test(
    "a mean is over the pictures where the measure is defined; a win is a picture whose drop is less than every other's"
  )
  func means() throws {
    let pictures = try images("pictures")
    let model = try #require(model)
    let logits = try pictures.map { try model.logits(of: $0) }
    let mixed = try #require(
      (0..<10).first { index in
        let above = logits.count { $0[index] > 0 }
        return above > 1 && above < logits.count
      })
    let path = TemporaryFolder.file("csv")
    let cell =
      "evaluate eigen-cam random-cam on=photos images=6 metrics=drop,logit-drop class=\(mixed) save='\(path)'"
    let results = try results(cell)
    let lines = try lines(path)
    #expect(lines.count == 12)
    for result in results {
      let method = try #require(result["method"]?.string)
      let own = lines.filter { $0["method"] == method }
      let defined = own.compactMap { Double($0["logit-drop"] ?? "") }
      #expect(defined.count < own.count && !defined.isEmpty)
      let mean = try #require(result["metrics"]?["logit-drop"]?.double)
      #expect(abs(mean - defined.reduce(0, +) / Double(defined.count)) < 1e-9)
      #expect(result["undefined"]?["logit-drop"]?.int == own.count - defined.count)
      let wins = own.count { line in
        let other = lines.first { $0["image"] == line["image"] && $0["method"] != method }
        guard let mine = Double(line["drop"] ?? ""), let theirs = Double(other?["drop"] ?? "") else {
          return false
        }
        return mine < theirs
      }
      #expect(result["metrics"]?["win"]?.double == 100 * Double(wins) / 6)
    }
  }

  @Test(
    "a layer that was chosen is not joined by others where a method needs several, nor answered for by a file"
  )
  func fewLayers() {
    let path = TemporaryFolder.file("csv")
    let cell = "evaluate refine-cam on=photos images=1 metrics=complexity save='\(path)'"
    run("\(cell)\nrefine-cam image=picture\n\(cell)")
    for choice in [
      "\(cell) layer=head", "refine-cam image=picture layer=head", "compare refine-cam layer=head",
    ] {
      #expect(transcript.run(choice).mistakeMessage?.contains("at least 2 layers") == true, "\(choice)")
    }
  }

  // MARK: attack and randomize

  private func share(_ index: Int, _ logits: [Double]) -> Double {
    1 / logits.reduce(0) { $0 + exp($1 - logits[index]) }
  }

  @Test(
    "steps that do not divide the range still reach it; the class that is named is driven away; labels stay")
  func attack() throws {
    let model = try #require(model)
    let picture = try #require(try images("picture").first)
    let labelled = LoadedImage(
      name: "one", raster: picture.raster, format: "PNG", label: 3, labelName: "cat", labelCount: 10)
    transcript.session.workspace.setCurrent(LoadedImages([labelled]))
    let before = try model.logits(of: labelled)
    let rare = try #require(before.indices.min { before[$0] < before[$1] })
    run("attack epsilon=5 steps=2 class=\(rare) as changed")
    let changed = try #require(try images("changed").first)
    let current = try #require(transcript.session.workspace.currentIfAny(LoadedImages.self))
    #expect(current.images.count == 1 && current.images[0] === changed)
    #expect(changed.label == 3 && changed.labelName == "cat" && changed.labelCount == 10)
    let seen = try model.bridge(for: labelled).fitted(labelled.raster.opaque)
    #expect(zip(changed.raster.pixels, seen.pixels).map { abs(Int($0) - Int($1)) }.max() == 5)
    #expect(share(rare, try model.logits(of: changed)) < share(rare, before))
  }

  @Test("a network of one score is driven to the other side, from whichever it is on")
  func oneScore() throws {
    let picture = try #require(try images("picture").first)
    var sides: Set<Bool> = []
    for seed in 1...12 where sides.count < 2 {
      run("model resnet9-cifar random=\(seed) classes=1\nattack picture epsilon=1 as changed")
      let model = try #require(model)
      let before = try model.logits(of: picture)[0]
      let after = try model.logits(of: try #require(try images("changed").first))[0]
      sides.insert(before >= 0)
      #expect(before >= 0 ? after < before : after > before, "seed \(seed): \(before) to \(after)")
    }
    #expect(sides.count == 2)
  }

  private func weights(_ model: LoadedModel?) throws -> [String: [Float]] {
    var found: [String: [Float]] = [:]
    for node in try #require(model).model.graph.nodes {
      for parameter in node.operation.parameters {
        found["\(node.name).\(parameter.name)"] = parameter.tensor.values
      }
    }
    return found
  }

  @Test("randomize takes the session's seed and the model's options; without cascade all else stays as it is")
  func randomize() throws {
    run("model resnet9-cifar random=1 threads=1 as single")
    let plain = try weights(model)
    func shuffled(_ cell: String) throws -> [String: [Float]] {
      run("model single\n\(cell)")
      return try weights(model)
    }
    let five = try shuffled("set seed=5\nrandomize stage1")
    #expect(model?.options.threads == 1)
    #expect(try shuffled("set seed=6\nrandomize stage1 seed=5") == five)
    #expect(try shuffled("randomize stage1") != five)
    let alone = try shuffled("randomize stage1 cascade=no")
    for (name, values) in alone {
      let isInside = name.hasPrefix("stage1.") && name.hasSuffix(".weight") && name.contains("conv")
      #expect((values != plain[name]) == isInside, "\(name)")
    }
    #expect(five.keys.contains { $0.hasPrefix("head.") && five[$0] != plain[$0] })
  }

  // MARK: model

  @Test("settings reach the models that are loaded after them, options go before settings")
  func executionOptions() {
    run("set threads=2 memory=300\nmodel resnet9-cifar random=1")
    #expect(model?.options.threads == 2 && model?.options.memoryLimit == 300 << 20)
    run("model resnet9-cifar random=1 threads=1")
    #expect(model?.options.threads == 1)
  }

  @Test("weights that are given or drawn need no fallback; lists of classes have as many as the network")
  func loading() throws {
    let description = TemporaryFolder.file("json")
    let text = """
      {"input": [1, 3, 8, 8], "nodes": [{"name": "conv", "op": "conv", "in": ["input"], "cout": 4, "k": 3},
      {"name": "gap", "op": "gap", "in": ["conv"]}, {"name": "flat", "op": "flatten", "in": ["gap"]},
      {"name": "fc", "op": "fc", "in": ["flat"], "cout": 2}]}
      """
    try FileSystem.write(Array(text.utf8), to: description)
    run("model resnet18 random=1 size=64 fallback='\(description)'")
    #expect(model?.model.name == "resnet18")
    let names = TemporaryFolder.file("txt")
    try FileSystem.write(Array("a\nb\nc\n".utf8), to: names)
    #expect(transcript.run("model resnet9-cifar random=1 labels='\(names)'").mistakeCode == "wrong-labels")
    run("model resnet9-cifar random=1 mean=-123,0,0")
    #expect(transcript.lastResult?.contains("warning  mean= is on the 0..1 scale") == true)
  }

  @Test("several pictures have no one array, and a figure has as many columns as it has pictures, up to four")
  func figures() throws {
    let path = TemporaryFolder.file("npz")
    let several = transcript.run("save pictures '\(path)'")
    #expect(several.mistakeCode == "several-pictures")
    run("grad-cam image=picture as a;\neigen-cam image=picture as b;")
    for (cell, columns) in [("figure a b", 2), ("figure a b a b a", 4), ("figure a b a b a columns=5", 5)] {
      run("\(cell) as f")
      let figure = try #require(transcript.session.workspace.value(named: "f", as: ComposedFigure.self))
      let grid = try #require(figure.figure(with: transcript.session.settings) as? PanelGrid)
      #expect(grid.columns == columns, "\(cell)")
      #expect((grid.wrapping == .never) == cell.contains("columns"))
    }
  }
}
