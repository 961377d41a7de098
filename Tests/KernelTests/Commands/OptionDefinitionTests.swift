import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

/// What commands and their options mean by their help, on maps that are wider than high.
@Suite("options by their definitions") struct OptionDefinitionTests {
  private static let picture: String = {
    var random = SeededGenerator(seed: 11)
    let pixels = (0..<64 * 32 * 3).map { _ in UInt8(random.index(below: 256)) }
    let path = TemporaryFolder.file("png")
    try? PNGEncoder.write(Raster(width: 64, height: 32, pixels: pixels), to: path)
    return path
  }()

  private let transcript = Transcript()

  init() {
    let outcome = transcript.run(
      "model resnet9-cifar random=1 size=32x64 as net;\nimage '\(Self.picture)' as picture;")
    #expect(outcome.mistakeMessage == nil)
  }

  private func run(_ cell: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let message = transcript.run(cell).mistakeMessage
    #expect(message == nil, "\(cell)", sourceLocation: sourceLocation)
  }

  private func facts() throws -> JSONValue {
    let value = try #require(transcript.session.workspace.last)
    let bundle = try value.bundle(with: transcript.session.settings)
    return try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content)
  }

  private func facts(of cell: String) throws -> JSONValue {
    run(cell)
    return try facts()
  }

  private func items(_ facts: JSONValue?) -> [JSONValue] {
    if case .array(let items)? = facts { items } else { [] }
  }

  private func explained(_ cell: String) throws -> ExplainedImage {
    run(cell)
    let result = try #require(transcript.session.workspace.last as? ExplanationResult)
    return try #require(result.items.first)
  }

  private func saved(_ cell: String, _ suffix: String) throws -> String {
    let path = TemporaryFolder.file(suffix)
    run(cell.split(separator: "FILE", omittingEmptySubsequences: false).joined(separator: "'\(path)'"))
    return path
  }

  private func isGrey(_ picture: Raster) -> Bool {
    for start in stride(from: 0, to: picture.pixels.count, by: 3) {
      let red = picture.pixels[start]
      guard picture.pixels[start + 1] == red, picture.pixels[start + 2] == red else { return false }
    }
    return true
  }

  // MARK: ablate

  @Test(
    "without a unit, what speaks against a class drops by as much as what speaks for it rises; percents are of the score's size"
  )
  func ablatedCounterpart() throws {
    let pro = try facts(of: "ablate class=3 channels=0,7,9,30")
    let contra = try facts(of: "ablate class=-3 channels=0,7,9,30")
    let value = try #require(pro["score"]?["value"]?.double)
    #expect(contra["score"]?["value"]?.double == -value)
    var drops: [Double] = []
    for (one, other) in zip(items(pro["units"]), items(contra["units"])) {
      let drop = try #require(one["drop"]?.double)
      drops.append(drop)
      #expect(abs(try #require(other["drop"]?.double) + drop) <= 1e-6 * abs(value))
      for unit in [one, other] {
        let percent = try #require(unit["percent"]?.double)
        #expect(abs(percent - 100 * (unit["drop"]?.double ?? 0) / abs(value)) < 1e-9)
      }
    }
    #expect(drops.contains { $0 != 0 })
    // One of the two scores is negative, and only that one is warned of.
    let (above, below) = value > 0 ? (pro, contra) : (contra, pro)
    #expect(items(above["warnings"]).isEmpty)
    #expect(items(below["warnings"]).contains { $0.string?.contains("not positive") == true })
  }

  @Test(
    "the units that matter most are those without which the score drops most, not those without which it rises"
  )
  func most() throws {
    let cell = "ablate top=64 class=4 layer=stage1"
    let all = items(try facts(of: cell)["units"]).compactMap { $0["drop"]?.double }
    #expect(all.count == 64 && all == all.sorted(by: >))
    #expect(try #require(all.last) < 0)
  }

  @Test("a position is its row and its column, also where maps are wider than high")
  func positions() throws {
    let facts = try facts(of: "ablate locations=0:5,7:15,3:10 class=4")
    #expect(facts["map"]?["shape"] == [8, 16])
    #expect(items(facts["units"]).map { $0["unit"] } == ["0:5", "7:15", "3:10"])
  }

  // MARK: sweep, compare and the methods

  @Test("a sweep over more classes than there are shows them all, the most probable first")
  func manyClasses() throws {
    let results = items(try facts(of: "sweep grad-cam classes=top20")["results"])
    #expect(Set(results.compactMap { $0["class"]?["index"]?.int }) == Set(0..<10))
  }

  @Test("chance follows the session's seed in every command that explains")
  func seeds() throws {
    var maps: [[Float]] = []
    for seed in [5, 6] {
      let own = try explained("set seed=\(seed)\nrandom-cam").explanation.map.values
      for verb in ["sweep random-cam layers=default", "compare random-cam"] {
        run("\(verb) as figure")
        let figure = try #require(transcript.session.workspace.last as? PanelResult)
        #expect(figure.items.first?.explanation.map.values == own, "\(verb)")
      }
      maps.append(own)
    }
    #expect(maps[0] != maps[1])
  }

  @Test("facts have the options that were given; the text says those that are not the default, and no others")
  func given() throws {
    #expect(try facts(of: "is-cam samples=1 layer=stem")["options"]?["samples"] == 1)
    #expect(transcript.lastResult?.contains("samples=1") == true)
    #expect(try facts(of: "grad-cam activation=relu")["options"]?["activation"] == "relu")
    #expect(transcript.lastResult?.contains("activation=") == false)
    #expect(try facts(of: "grad-cam activation=softmax")["options"]?["activation"] == "softmax")
    #expect(transcript.lastResult?.contains("activation=softmax") == true)
    // Both signs can only be seen where neither is cut off; who says otherwise is taken at their word.
    #expect(try facts(of: "grad-cam signed=yes")["options"]?["activation"] == "none")
    #expect(try facts(of: "grad-cam signed=yes activation=relu")["options"]?["activation"] == "relu")
  }

  @Test("a method says what it passes over only where that was given")
  func passedOver() throws {
    #expect(items(try facts(of: "eigen-cam")["warnings"]).isEmpty)
    #expect(items(try facts(of: "eigen-cam class=3")["warnings"]).count == 1)
  }

  @Test("a work's own drawing is overruled by colours that were chosen, with `set` as well as with an option")
  func ownDrawing() {
    #expect(transcript.run("ablation-cam compat=004 normalize=none").mistakeCode == "unfit-option")
    run("ablation-cam compat=004 normalize=none colormap=gray")
    run("set colormap=gray\nablation-cam compat=004 normalize=none")
  }

  // MARK: pictures

  @Test("an option of one command goes before the value's own, and that before nothing")
  func looks() {
    let own = HeatLook(colormap: "jet", alpha: 0.9)
    let over = HeatLook(colormap: "gray", alpha: 0.1).over(own)
    #expect(over.colormap == "gray" && over.alpha == 0.1)
    let under = HeatLook().over(own)
    #expect(under.colormap == "jet" && under.alpha == 0.9)
  }

  @Test("heat alone has the colours that were chosen, also with both signs")
  func chosenColours() throws {
    for options in ["", " signed=yes"] {
      run("grad-cam colormap=gray\(options) as g\ngrad-cam\(options) as h")
      #expect(isGrey(try ImageDecoder.read(path: try saved("save g FILE what=heatmap", "png")).raster))
      #expect(!isGrey(try ImageDecoder.read(path: try saved("save h FILE what=heatmap", "png")).raster))
    }
  }

  @Test(
    "who asks for a strength or for colours of a guided method sees heat, and both signs are drawn in their colours"
  )
  func drawings() throws {
    func picture(_ cell: String, _ look: HeatLook = HeatLook()) throws -> Raster {
      try explained(cell).picture(with: transcript.session.settings, look: look)
    }
    let plain = try picture("guided-backprop")
    #expect(try picture("guided-backprop", HeatLook(alpha: 0.5)) != plain)
    #expect(try picture("guided-backprop", HeatLook(colormap: "jet")) != plain)
    let work = try picture("ablation-cam compat=004 activation=none")
    #expect(try picture("ablation-cam compat=004 activation=none signed=yes") != work)
  }

  // MARK: diff and save

  @Test("a difference has the larger map's size, whichever comes first")
  func differenceSize() throws {
    run("grad-cam layer=default as small\ngrad-cam layer=stage1 as large")
    let sizes = try ["small", "large"].map { name in
      try #require(
        transcript.session.workspace.value(named: name, as: ExplanationResult.self)?.items.first?.explanation
          .map)
    }
    #expect(sizes[0].width < sizes[1].width)
    for cell in ["diff small large", "diff large small"] {
      #expect(
        try facts(of: cell)["map"]?["shape"] == [.integer(sizes[1].height), .integer(sizes[1].width)],
        "\(cell)")
    }
  }

  @Test("an array of a CSV file has a line for each row; arrays of other files have the part's name")
  func arrays() throws {
    run("grad-cam as g")
    let text = try String(contentsOfFile: try saved("save g FILE what=map", "csv"), encoding: .utf8)
    #expect(
      text.split(separator: "\n").map { $0.split(separator: ",").count } == Array(repeating: 16, count: 8))
    for suffix in ["npz", "safetensors"] {
      for part in ["weights", "logits", "map"] {
        let path = try saved("save g FILE what=\(part)", suffix)
        #expect(try WeightFormatCatalog.read(path: path).tensors.map(\.name) == [part], "\(part) \(suffix)")
      }
    }
  }

  @Test("small arrays of a model are written as they are, large ones rounded to the bits that were asked for")
  func roundedWeights() throws {
    let exact = try WeightFormatCatalog.read(path: try saved("save net FILE", "safetensors")).tensors
    let small = try WeightFormatCatalog.read(path: try saved("save net FILE bits=4", "safetensors")).tensors
    let written = Dictionary(uniqueKeysWithValues: small.map { ($0.name, $0) })
    var rounded = 0
    for tensor in exact {
      let other = try #require(written[tensor.name])
      let isSame = Array(tensor.floats()) == Array(other.floats())
      #expect(isSame == (tensor.elementCount < 4096), "\(tensor.name)")
      rounded += isSame ? 0 : 1
    }
    #expect(rounded > 3)
  }
}
