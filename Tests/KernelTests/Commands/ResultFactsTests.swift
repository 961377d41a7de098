import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import Testing

@Suite("results say all that they rest on, in words and for programs") struct ResultFactsTests {
  private let transcript = Transcript()
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("cam-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder + "/photos/frog", withIntermediateDirectories: true)
    var raster = Raster(width: 48, height: 40, color: (30, 90, 160))
    for index in 0..<48 * 20 { raster.pixels[3 * index] = UInt8(index % 251) }
    try PNGEncoder.write(raster, to: folder + "/cat.png")
    try PNGEncoder.write(raster, to: folder + "/photos/frog/a.png")
    run("model resnet9-cifar random=3 as net;\nimage '\(folder)/cat.png' as cat;")
  }

  /// Runs a cell that must succeed; its text and its numbers.
  @discardableResult
  private func run(_ cell: String) -> (text: String, facts: JSONValue?) {
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeCode == nil, "\(cell): \(outcome.mistakeMessage ?? "")")
    let data = transcript.output.bundles.last?.data ?? []
    return (transcript.lastResult ?? "", data.first { $0.type == DisplayBundle.factsType }?.content)
  }

  @Test("tables and files have numbers for programs too")
  func machineReadable() throws {
    let layers = try #require(run("layers head*").facts)
    #expect(layers["verb"] == "layers" && layers["layers"]?[0]?["name"] == "head.conv")
    #expect(layers["layers"]?[0]?["shape"]?[2] == .integer(8))
    let models = try #require(run("models").facts)
    #expect(models["current"] == "resnet9-cifar" && models["kept"]?[0] == "net")
    let settings = try #require(run("set alpha=0.5\nsettings").facts)
    #expect(settings["settings"]?[1]?["name"] == "alpha" && settings["settings"]?[1]?["value"] == "0.5")
    #expect(run("set alpha=0.25 seed=3").facts?["settings"] == ["alpha": "0.25", "seed": "3"])
    let saved = try #require(run("eigen-cam as e\nsave e '\(folder)/e.npy' what=map").facts)
    #expect(saved["verb"] == "save" && saved["what"] == "map" && saved["bytes"] == .integer(128 + 256))
  }

  @Test("a benchmark and an evaluation say class and score")
  func classes() throws {
    let (text, facts) = run("benchmark eigen-cam runs=1")
    let index = Int(try #require(facts?["class"]?["index"]?.double))
    #expect(text.contains(" (\(index)), logit ") && facts?["score"]?["kind"] == "logit", "\(text)")
    let (table, numbers) = run("evaluate eigen-cam group-cam images=1 metrics=drop class=cat")
    #expect(table.contains("class cat, score logit (eigen-cam), softmax (group-cam)"), "\(table)")
    #expect(numbers?["class"] == "cat" && numbers?["results"]?[1]?["score"] == "softmax")
    #expect(run("evaluate eigen-cam images=1 metrics=drop").text.contains("class top1, score logit,"))
  }

  @Test("what looks at no class says so, and names the prediction as what it is")
  func ofNoClass() throws {
    for method in CAMCatalog.all where method.disregards.contains(.classes) {
      let (text, facts) = run("\(method.name) as free")
      let best = try #require(facts?["class"]?["name"]?.string)
      #expect(text.contains(" for cat.png: no class, predicted \(best) ("), "\(text)")
      #expect(facts?["class"]?["explained"] == .bool(false))
    }
    let (named, facts) = run("eigen-cam class=-frog as free")
    #expect(named.contains(": no class, named against frog (6)"), "\(named)")
    #expect(facts?["class"]?["index"] == .integer(6) && facts?["class"]?["counterfactual"] == .bool(true))
    let (known, numbers) = run("grad-cam class=frog as known")
    #expect(known.contains(": frog (6)") && numbers?["class"]?["explained"] == .bool(true), "\(known)")
    let settings = transcript.session.settings
    func lines(_ name: String) throws -> [String] {
      let value = try #require(transcript.session.workspace.value(named: name) as? any DrawnValue)
      return try value.panels(with: settings, look: HeatLook()).flatMap {
        ($0.titles + $0.captions).map(\.text)
      }
    }
    #expect(try lines("free")[1] == "no class" && lines("free").contains("named against frog"))
    #expect(try lines("known")[1] == "frog" && !lines("known").contains { $0.hasPrefix("named") })
    run("diff known free as d;")
    #expect(try lines("d")[1] == "frog - no class")
  }

  @Test("panels of what looks at no class say so, in their captions, at their left and over them")
  func panelsOfNoClass() throws {
    func figure(_ cell: String) throws -> PanelResult {
      run("\(cell) as panels;")
      return try #require(transcript.session.workspace.value(named: "panels", as: PanelResult.self))
    }
    let mixed = try figure("compare eigen-cam grad-cam class=frog")
    #expect(mixed.captions.map { $0.contains("no class") } == [true, false])
    #expect(mixed.rowHeadings == ["frog"])
    #expect(try figure("compare eigen-cam fem class=frog").rowHeadings == ["no class, named frog"])
    let layers = try figure("sweep eigen-cam class=-frog").grid(with: transcript.session.settings)
    #expect(layers.title == "eigen-cam of resnet9-cifar for no class")
    let classes = try figure("sweep eigen-cam classes=top2")
    #expect(classes.captions.allSatisfy { $0.hasPrefix("no class\n") }, "\(classes.captions)")
    run("dataset folder '\(folder)/photos' as photos;\nbatch photos size=1;\neigen-cam as sheet;")
    let sheet = try #require(transcript.session.workspace.value(named: "sheet", as: ExplanationResult.self))
    let panel = try sheet.panels(with: transcript.session.settings, look: HeatLook())[0]
    #expect(panel.captions.first?.text == "for no class")
  }

  @Test("what is not a default is written")
  func options() {
    let (text, facts) = run("ablation-cam baseline=mean weight=drop smooth=eigen signed=yes class=2")
    #expect(text.contains("; signed=yes smooth=eigen baseline=mean weight=drop"), "\(text)")
    #expect(facts?["options"]?["baseline"] == "mean")
    #expect(!run("ablation-cam weight=fraction activation=relu class=2").text.contains("weight="))
    #expect(run("ablation-cam compat=001 class=2").facts?["options"]?["compat"] == "001")
    #expect(run("ss-cam samples=2 class=2").facts?["options"]?["samples"] == .integer(2))
    #expect(run("grad-cam class=1,2 normalize=minmax").text.contains("normalize=minmax"))
    #expect(transcript.output.bundles.last?.beside.caption.hasSuffix("; normalize=minmax") == true)
  }

  @Test("the true class of a picture is said, not only drawn")
  func truth() {
    run("dataset folder '\(folder)/photos' as photos;\nbatch photos size=1;")
    let (text, facts) = run("eigen-cam")
    #expect(text.contains("for a.png (truly frog): "), "\(text)")
    #expect(facts?["true"]?["name"] == "frog")
    let (table, numbers) = run("classify")
    #expect(table.contains("a.png (truly frog)") && numbers?["images"]?[0]?["true"]?["name"] == "frog")
    #expect(run("eigen-cam image=cat").facts?["true"] == .null)
    let (batch, taken) = run("batch photos size=1 class=frog shuffle=7")
    #expect(batch.contains("class frog, shuffled by seed 7") && taken?["shuffle"] == .integer(7), "\(batch)")
  }

  @Test("a figure tells each of its results, and takes those of every kind")
  func figure() throws {
    run("eigen-cam as a;\ngrad-cam class=cat as b;\ndiff a b as d;\nablate top=2 as u;\nclassify as k;")
    let (text, facts) = run("figure a d u k titles=one,two,three,four as f")
    #expect(text.hasPrefix("figure of 4 pictures: one, two, three, four\neigen-cam of resnet9-cifar at head"))
    #expect(
      text.contains("A - B: correlation") && text.contains("\nablate cat.png") && text.contains("probability")
    )
    let verbs = (0..<4).map { facts?["results"]?[$0]?["verb"] }
    #expect(verbs == ["eigen-cam", "diff", "ablate", "classify"])
    run("save f '\(folder)/f.png'")
    #expect(try ImageDecoder.read(path: folder + "/f.png").raster.width > 1000)
  }

  @Test("a difference is saved, shown in other colours, and warns of different pictures")
  func difference() throws {
    run("eigen-cam as a;\ngrad-cam class=cat as b;\ndiff a b as d;")
    let facts = try #require(run("show d").facts)
    #expect(facts["map"]?["shape"]?[0] == .integer(8) && facts["warnings"] == [])
    run("save d '\(folder)/d.npy'\nsave d '\(folder)/d.png'\nsave d '\(folder)/d.pdf' what=heatmap")
    let tensor = try #require(WeightFormatCatalog.read(path: folder + "/d.npy").tensors.first)
    #expect(tensor.shape == [8, 8])
    #expect(Double(tensor.floats().max() ?? 0) == facts["map"]?["max"]?.double)
    let plain = transcript.output.bundles.count
    run("show d\nshow d colormap=coolwarm alpha=0.9")
    let pictures = transcript.output.bundles[plain...].map { $0.data[1].content }
    #expect(pictures.count == 2 && pictures[0] != pictures[1])
    run("image '\(folder)/photos/frog/a.png' crop=none;\neigen-cam as c;")
    #expect(run("diff a c").text.contains("warning: A and B explain different pictures"))
    #expect(!run("diff a a").text.contains("warning: A and B"))
  }

  @Test("maps of several explanations are saved as one array, their pictures as one figure")
  func several() throws {
    run("grad-cam class=1,2,3 as g;\ncompare grad-cam xgrad-cam class=4 as c;")
    for (name, count) in [("g", 3), ("c", 2)] {
      run("save \(name) '\(folder)/m.npy'\nsave \(name) '\(folder)/w.npz' what=weights")
      let map = try #require(WeightFormatCatalog.read(path: folder + "/m.npy").tensors.first)
      let weights = try #require(WeightFormatCatalog.read(path: folder + "/w.npz").tensors.first)
      #expect(map.shape == [count, 8, 8] && weights.shape == [count, 128])
      run("save \(name) '\(folder)/o.png' what=overlay\nsave \(name) '\(folder)/h.png' what=heatmap")
      let overlay = try ImageDecoder.read(path: folder + "/o.png").raster
      let heat = try ImageDecoder.read(path: folder + "/h.png").raster
      #expect(overlay != heat && overlay.width > 448)
    }
    let items = try #require(transcript.session.workspace.value(named: "g", as: ExplanationResult.self)).items
    run("save g '\(folder)/g.npy'")
    let tensor = try #require(WeightFormatCatalog.read(path: folder + "/g.npy").tensors.first)
    #expect(Array(tensor.floats()) == items.flatMap { $0.explanation.map.values })
  }

  @Test("a kept picture is fitted anew, and says so")
  func crop() {
    #expect(!run("image cat").text.contains("whole"))
    let (text, facts) = run("image cat crop=none as wide")
    #expect(text.hasSuffix(", the whole picture") && facts?["images"]?[0]?["crop"] == "none")
    #expect(run("image wide").text.contains("the whole picture"))
    #expect(!run("image wide crop=center").text.contains("the whole picture"))
  }

  @Test("guided gradients are drawn as heat where colours or a strength are asked for")
  func guided() {
    run(
      "guided-backprop class=cat as g\nshow g\nshow g colormap=turbo\nshow g alpha=0.9\nguided-backprop class=cat alpha=0.9"
    )
    let pictures = transcript.output.bundles.suffix(5).compactMap { $0.data.first { $0.type == "image/png" } }
    #expect(pictures.count == 5)
    let rasters = pictures.compactMap { $0.content.string.flatMap(Base64.bytes) }
      .compactMap { try? ImageDecoder.read($0).raster }
    #expect(rasters[0] == rasters[1] && rasters[1] != rasters[2] && rasters[2] != rasters[3])
    #expect(rasters[3] == rasters[4])
  }

  @Test("the summary of a model knows the size that was asked for, and one thread from several")
  func summary() {
    let text = run("model resnet9-cifar random=1 size=64x96 threads=1").text
    #expect(text.contains("the last rectified 16x24 map before global pooling"), "\(text)")
    #expect(text.contains(", 1 thread\n"), "\(text)")
  }

  @Test("help shows the defaults of the method itself")
  func defaults() {
    #expect(run("group-cam?").text.contains("default softmax"))
    #expect(run("guided-backprop?").text.contains("default none"))
    #expect(!run("grad-cam??").text.contains("the method's own"))
  }
}
