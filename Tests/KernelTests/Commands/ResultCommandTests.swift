import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

/// A folder with a picture in it, gone when the test is over.
private final class PictureFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("cam-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var raster = Raster(width: 48, height: 40, color: (30, 90, 160))
    for index in 0..<48 * 20 { raster.pixels[3 * index] = UInt8(index % 251) }
    try PNGEncoder.write(raster, to: path + "/cat.png")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("models, pictures and results in cells") struct ResultCommandTests {
  private let transcript = Transcript()
  private let folder: PictureFolder

  init() throws {
    folder = try PictureFolder()
    let outcome = transcript.run(
      "model resnet9-cifar random=3 as net;\nimage '\(folder.path)/cat.png' as cat;")
    #expect(outcome.mistakeCode == nil, "\(outcome.mistakeMessage ?? "")")
  }

  private func expectMistake(_ code: String, _ cell: String, _ says: String) {
    let outcome = transcript.run(cell)
    #expect(outcome.mistakeCode == code, "\(cell): \(outcome.mistakeMessage ?? "no mistake")")
    guard case .mistake(_, _, let traceback) = outcome.ending else { return }
    let text = traceback.joined(separator: "\n")
    #expect(text.contains(says), "\(text)")
  }

  /// The column in its line under which a mistake's first caret stands.
  private func caretColumn(_ cell: String) -> Int? {
    guard case .mistake(_, _, let traceback) = transcript.run(cell).ending,
      let carets = traceback.first(where: { $0.contains("^") })
    else { return nil }
    // Four blanks for the line's number, and a bar between two more.
    return carets.prefix { $0 != "^" }.filter { $0 == " " || $0 == "|" }.count - 6
  }

  @Test("a method shows an overlay, its text and its numbers")
  func method() throws {
    #expect(transcript.run("ablation-cam class=cat as first").mistakeCode == nil)
    let bundle = try #require(transcript.output.bundles.last)
    #expect(bundle.data.map(\.type) == ["text/plain", "image/png", DisplayBundle.factsType])
    #expect(bundle.metadata["image/png"]?["width"] == .integer(448))
    let facts = try #require(bundle.data.last?.content)
    #expect(facts["verb"] == "ablation-cam")
    #expect(facts["class"]?["index"] == .integer(3))
    #expect(facts["class"]?["name"] == "cat")
    #expect(bundle.plainText.hasPrefix("ablation-cam of resnet9-cifar at "))
    #expect(transcript.session.workspace.value(named: "first") != nil)
  }

  @Test("several classes make a grid")
  func grid() throws {
    #expect(transcript.run("grad-cam class=top1,top2,-dog").mistakeCode == nil)
    let facts = try #require(transcript.output.bundles.last?.data.last?.content)
    guard case .array(let results)? = facts["results"] else {
      Issue.record("no results")
      return
    }
    #expect(results.map { $0["class"]?["counterfactual"] } == [.bool(false), .bool(false), .bool(true)])
  }

  @Test("classify lists the best classes with their probabilities")
  func classify() throws {
    #expect(transcript.run("classify top=10").mistakeCode == nil)
    let facts = try #require(transcript.output.bundles.last?.data.last?.content)
    let classes = facts["images"]?[0]?["classes"]
    var sum = 0.0
    for rank in 0..<10 { sum += classes?[rank]?["probability"]?.double ?? 0 }
    #expect(abs(sum - 1) < 1e-9)
  }

  @Test("a saved map is the map, and reads back as it was")
  func save() throws {
    transcript.run("grad-cam as g")
    #expect(transcript.run("save g '\(folder.path)/map.npy' what=map").mistakeCode == nil)
    let result = try #require(transcript.session.workspace.value(named: "g", as: ExplanationResult.self))
    let map = try #require(result.items.first?.explanation.map)
    let tensor = try #require(WeightFormatCatalog.read(path: folder.path + "/map.npy").tensors.first)
    #expect(tensor.shape == [map.height, map.width])
    #expect(Array(tensor.floats()) == map.values)
    for file in ["o.png", "o.svg", "w.csv", "w.npz"] {
      #expect(
        transcript.run("save g '\(folder.path)/\(file)'\(file.hasPrefix("w") ? " what=weights" : "")")
          .mistakeCode == nil,
        "\(file)")
    }
    let picture = try ImageDecoder.read(path: folder.path + "/o.png").raster
    #expect(picture.width == 448 && picture.height == 448)
  }

  @Test("what guided methods draw is saved signed, colour by colour", arguments: ["backprop", "grad-cam"])
  func gradient(_ method: String) throws {
    transcript.run("guided-\(method) as g")
    #expect(transcript.run("save g '\(folder.path)/gradient.npy' what=gradient").mistakeMessage == nil)
    #expect(transcript.run("save g '\(folder.path)/strength.npy' what=map").mistakeMessage == nil)
    let tensor = try #require(WeightFormatCatalog.read(path: folder.path + "/gradient.npy").tensors.first)
    let map = try #require(WeightFormatCatalog.read(path: folder.path + "/strength.npy").tensors.first)
    #expect(tensor.shape == [3, 32, 32] && map.shape == [32, 32])
    let values = Array(tensor.floats())
    #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 })
    for (place, strength) in map.floats().enumerated() {
      #expect((0..<3).map { abs(values[$0 * 1024 + place]) }.max() == strength)
    }
    transcript.run("grad-cam as plain")
    expectMistake(
      "no-such-part", "save plain '\(folder.path)/x.npy' what=gradient", "it has overlay, heatmap, map")
  }

  @Test("show draws a kept result with other colours, figure composes several")
  func show() throws {
    transcript.run("grad-cam as a;\nlayer-cam as b;")
    transcript.run("show a")
    let jet = try #require(transcript.output.bundles.last?.data[1].content)
    transcript.run("show a colormap=viridis")
    let viridis = try #require(transcript.output.bundles.last?.data[1].content)
    #expect(jet != viridis)
    #expect(transcript.run("figure a b titles=left,right as both").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("left") == true)
    #expect(transcript.run("save both '\(folder.path)/both.pdf'").mistakeCode == nil)
  }

  @Test(
    "figures of every kind are saved and shown in other colours, and their files say where they came from")
  func figures() throws {
    transcript.run("compare grad-cam layer-cam class=top2 as c;\nablate top=2 as u;\nclassify as k")
    for name in ["c", "u", "k"] {
      for suffix in ["png", "svg", "pdf"] {
        let path = "\(folder.path)/\(name).\(suffix)"
        #expect(transcript.run("save \(name) '\(path)'").mistakeCode == nil, "\(path)")
      }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name).png"))
      for word in ["Software", "camkernel", "resnet9-cifar", "Comment"] {
        #expect(bytes.range(of: Data(word.utf8)) != nil, "\(name): \(word)")
      }
    }
    transcript.run("grad-cam class=cat as g")
    transcript.run("save g '\(folder.path)/g.png'")
    let saved = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/g.png"))
    for word in ["Model", "Layer", "Class", "3 cat", "Method", "grad-cam", "Score", "logit", "cat.png"] {
      #expect(saved.range(of: Data(word.utf8)) != nil, "\(word)")
    }
    transcript.run("show c")
    let jet = transcript.output.bundles.last?.data.first { $0.type == "image/png" }?.content
    #expect(transcript.run("show c colormap=gray").mistakeCode == nil)
    #expect(transcript.output.bundles.last?.data.first { $0.type == "image/png" }?.content != jet)
    #expect(transcript.run("show k alpha=0.5").mistakeCode == "unfit-option")
  }

  @Test("tables are saved as CSV, whole numbers under a heading")
  func tables() throws {
    let path = "\(folder.path)/table.csv"
    #expect(transcript.run("ablate channels=3,1 class=2 as drops").mistakeCode == nil)
    #expect(transcript.run("save drops '\(path)'").mistakeCode == nil)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3 && lines[0] == "channel,drop,percent" && lines[1].hasPrefix("3,"))
    let facts = try #require(
      transcript.session.workspace.value(named: "drops")?.bundle(with: transcript.session.settings).data.last)
    guard case .array(let units) = facts.content["units"], case .number(let drop) = units[1]["drop"] else {
      Issue.record("no drops")
      return
    }
    #expect(Double(lines[2].split(separator: ",")[1]) == drop)
    #expect(transcript.run("benchmark eigen-cam runs=1 as times\nsave times '\(path)'").mistakeCode == nil)
    let times = try String(contentsOfFile: path, encoding: .utf8)
    #expect(times.hasPrefix("method,way,seconds,forward_passes\nforward pass,,"))
    #expect(times.contains("\neigen-cam,,"))
  }

  @Test("a field of CSV with a comma or a quote is quoted")
  func quoting() {
    let table = SavedTable(heading: ["class", "p"], rows: [["bird, fowl", "1"], ["a \"b\"", ""]])
    let lines = table.commaSeparated.split(separator: "\n").map(SavedTable.fields)
    #expect(lines == [["class", "p"], ["bird, fowl", "1"], ["a \"b\"", ""]])
    #expect(table.commaSeparated == "class,p\n\"bird, fowl\",1\n\"a \"\"b\"\"\",\n")
  }

  @Test("what cannot be saved says what can")
  func unsavable() throws {
    transcript.run("ablate as drops\ngrad-cam as first")
    expectMistake("missing-value", "save first", "`save first first.png`")
    expectMistake("unfit-format", "save drops '\(folder.path)/x.npy'", ".svg, .pdf, .csv")
    expectMistake("no-such-part", "save drops '\(folder.path)/x.npy' what=weights", "leave what= out")
    expectMistake("unfit-format", "save first '\(folder.path)/x.npy' what=overlay", "expected one of .png")
    expectMistake("unfit-format", "save first '\(folder.path)/x.png' what=weights", "expected one of .npy")
    transcript.run("image '\(folder.path)/cat.png' as picture")
    let picture = transcript.run("save picture '\(folder.path)/x.npy'").mistakeMessage
    #expect(picture == "the image cannot be written as .npy")
    transcript.run("compare eigen-cam guided-backprop as unlike")
    expectMistake("several-results", "save unlike '\(folder.path)/x.npy' what=map", "their sizes differ")
  }

  @Test("options that a command would pass over are refused")
  func passedOver() {
    expectMistake("unfit-option", "model net threads=1", "kept model")
    expectMistake("unfit-option", "model net size=64 random=1", "by its network's name")
    expectMistake("unfit-option", "ablate channels=1 locations=0:0", "not both")
    expectMistake("unfit-option", "ablate channels=1,2 top=1", "named here")
    expectMistake("unfit-option", "ablate locations=0:0 top=1", "named here")
    expectMistake("several-classes", "ablate class=1,2", "found 2")
    #expect(transcript.run("ablate locations=all top=1").mistakeCode == nil)
  }

  @Test(
    "a description and an ONNX file refuse what they would pass over; a description without weights takes random ones"
  )
  func fileOptions() throws {
    let path = folder.path + "/net.json"
    let text = """
      {"input": [1, 3, 8, 8], "classes": ["a", "b"], "nodes": [
      {"name": "conv", "op": "conv", "in": ["input"], "cout": 4, "k": 3, "pads": [1, 1, 1, 1]},
      {"name": "relu", "op": "relu", "in": ["conv"]}, {"name": "gap", "op": "gap", "in": ["relu"]},
      {"name": "flat", "op": "flatten", "in": ["gap"]}, {"name": "fc", "op": "fc", "in": ["flat"], "cout": 2}]}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    for (option, says) in [
      ("random=1 classes=3", "classes= has no effect"), ("random=1 size=16", "size= asks for 16"),
      ("random=1 weights='\(path)'", "random= and weights="), ("", "give weights=PATH"),
    ] {
      let message = transcript.run("model '\(path)' \(option)").mistakeMessage
      #expect(message?.contains(says) == true, "\(option): \(message ?? "none")")
    }
    #expect(transcript.run("model '\(path)' random=1 classes=2 size=8 as made").mistakeMessage == nil)
    #expect(transcript.lastResult?.contains("random weights, seed 1") == true)
    #expect(transcript.run("grad-cam image=cat").mistakeMessage == nil)
    let onnx = "\(SharedFiles.checkout)/Tests/Fixtures/models/labels.onnx"
    for option in ["random=1", "weights='\(onnx)'"] {
      #expect(transcript.run("model '\(onnx)' \(option)").mistakeMessage?.contains("no effect") == true)
    }
  }

  @Test("a value that makes no model is refused at its option, and means of bytes are warned of")
  func preprocessingOptions() throws {
    #expect(caretColumn("model resnet9-cifar random=1 mean=0.5 std=0") == 42)
    #expect(caretColumn("model resnet9-cifar random=1 mean=0.1,0.2") == 34)
    #expect(transcript.run("model resnet9-cifar random=1 mean=123.68,116.78,103.94").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("warning  mean= is on the 0..1 scale") == true)
    #expect(transcript.run("model resnet9-cifar random=1 mean=0.5 std=0.25").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("warning") == false)
  }

  @Test("of many layers that are fused the text names the first and the last")
  func manyLayers() throws {
    #expect(transcript.run("eigen-cam layer=stage*").mistakeCode == nil)
    let text = try #require(transcript.lastResult)
    #expect(text.contains(" + ... + ") && text.contains(" layers) for cat.png"), "\(text)")
    #expect(text.utf8.count < 300)
    transcript.run("eigen-cam layer=stage1,stage2")
    #expect(transcript.lastResult?.contains("...") == false)
  }

  @Test("explanations that take long have one bar for all of a command, which only grows")
  func progress() throws {
    var shares: [Int] = []
    #expect(transcript.run("compare ss-cam ablation-cam layer=stage1").mistakeCode == nil)
    for bundle in transcript.output.bundles where bundle.isProgress {
      let text = bundle.plainText
      #expect(text.hasPrefix("compare "))
      if let share = text.split(separator: " ").first(where: { $0.contains("%") }) {
        shares.append(Int(share.prefix { $0.isNumber }) ?? -1)
      }
    }
    #expect(shares.count > 2 && shares == shares.sorted() && shares.last == 100, "\(shares)")
  }

  @Test(
    "weights that are no numbers are named by every command that looks at scores",
    arguments: [
      "classify", "grad-cam", "ablate", "compare eigen-cam", "sweep eigen-cam", "attack",
      "benchmark eigen-cam runs=1",
    ])
  func brokenWeights(_ cell: String) throws {
    transcript.run("save net '\(folder.path)/net.npz'")
    for value in [Float.nan, .infinity] {
      let state = try WeightFormatCatalog.read(path: "\(folder.path)/net.npz")
      let arrays = state.tensors.map { tensor in
        var values = Array(tensor.floats())
        if tensor.name == "stage1.reduce.conv.weight" { values[3] = value }
        return TensorToWrite(name: tensor.name, shape: tensor.shape, floats: values)
      }
      try NumPyArchive.write(arrays, to: "\(folder.path)/broken.npz")
      #expect(
        transcript.run("model resnet9-cifar weights='\(folder.path)/broken.npz' as broken").mistakeCode == nil
      )
      let outcome = transcript.run(cell)
      #expect(outcome.mistakeCode == "not-finite", "\(outcome.mistakeMessage ?? "no mistake")")
      #expect(outcome.mistakeMessage?.contains("weight of 'stage1.reduce.conv'") == true)
    }
  }

  @Test("a picture's address that nobody serves is a clear mistake at its place")
  func address() throws {
    expectMistake("cannot-fetch", "image http://127.0.0.1:1/cat.png", "give its path")
  }

  @Test("mistakes name their place and what was meant")
  func mistakes() {
    expectMistake("unknown-layer", "grad-cam layer=layr1", "in resnet9-cifar")
    expectMistake("unknown-class", "grad-cam class=frogg", "did you mean 'frog'?")
    expectMistake("unknown-class", "grad-cam class=10", "classes 0 to 9")
    expectMistake("unknown-class", "grad-cam class=true", "nobody said what 'cat.png' truly shows")
    expectMistake("unknown-model", "model resnet81", "did you mean 'resnet18'?")
    expectMistake("no-such-file", "image '\(folder.path)/cta.png'", "did you mean")
    expectMistake("bad-image", "image '\(folder.path)'", "is a folder")
    expectMistake("unknown-name", "show nothing", "nothing")
    expectMistake("unknown-format", "save net '\(folder.path)/x.bmp'", "expected one of .png")
    expectMistake("no-such-part", "save net '\(folder.path)/x.npz' what=map", "it has model")
    expectMistake("wrong-kind", "grad-cam image=net", "'net' is kept as model, expected image")
  }

  @Test("a name stands for its text, as papermill writes parameters")
  func names() {
    #expect(transcript.run("# Parameters\nlabel=\"dog\"\nwhich='top1'").mistakeCode == nil)
    #expect(transcript.run("grad-cam class=label").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("dog (5)") == true)
    #expect(transcript.run("let x").mistakeCode == "missing-value")
  }

  @Test("without a model or an image the way to get one is said")
  func missing() {
    let fresh = Transcript()
    #expect(fresh.run("grad-cam").mistakeMessage == "no model yet: use `model NAME`")
    #expect(fresh.run("show").mistakeCode == "missing-result")
    fresh.run("model resnet9-cifar random=1")
    #expect(fresh.run("grad-cam").mistakeMessage == "no image yet: use `image PATH`")
  }
}
