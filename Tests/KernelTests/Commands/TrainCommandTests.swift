import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import TestSupport
import Testing

@Suite("train") final class TrainCommandTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/train-\(UUID().uuidString)"
  private let transcript = Transcript()

  /// Sixty pictures of CIFAR's layout, whose label is the brightest of their three colours.
  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var generator = SeededGenerator(seed: 3)
    for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
      var bytes = Data()
      for picture in 0..<12 {
        bytes.append(UInt8(picture % 3))
        for place in 0..<3072 {
          bytes.append(UInt8((place / 1024 == picture % 3 ? 150 : 60) + generator.index(below: 60)))
        }
      }
      try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name).bin"))
    }
    transcript.run("dataset cifar10 '\(folder)'")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test("curves are displayed once and then updated in place, beside a bar with pictures a second")
  func display() throws {
    let outcome = transcript.run("train resnet9-cifar epochs=3 batch=9 lr=0.01 seed=1")
    #expect(outcome.mistakeCode == nil, "\(outcome.mistakeMessage ?? "")")
    var shown: [String: Int] = [:]
    var moved: [String: Int] = [:]
    for event in transcript.output.events {
      switch event {
      case .display(let text, let id?) where text.hasPrefix("resnet9-cifar, epoch "):
        shown[id, default: 0] += 1
      case .update(let text, let id) where text.hasPrefix("resnet9-cifar, epoch "): moved[id, default: 0] += 1
      default: break
      }
    }
    #expect(shown.count == 1 && moved.keys.sorted() == shown.keys.sorted())
    #expect(shown.values.first == 1 && moved.values.first == 2)
    let curves = transcript.output.bundles.filter { $0.plainText.hasPrefix("resnet9-cifar, epoch ") }
    #expect(curves.allSatisfy { bundle in bundle.data.contains { $0.type == "image/png" } })
    let bar = try #require(transcript.output.bundles.last { $0.isProgress })
    #expect(bar.plainText.contains("162/162 images"), "\(bar.plainText)")
    #expect(transcript.lastResult?.contains("trained on cifar10 train: 3 epochs") == true)
  }

  @Test("a processor without 16-bit products trains in 32 bits and says so")
  func precision() throws {
    let cell = "dataset cifar10 \(folder)\ntrain cifar10-conv5 epochs=1 batch=18 precision=bf16"
    let old = try BuiltProgram.run(cell, environment: ["CAMKERNEL_INSTRUCTIONS": "avx2"])
    #expect(old.status == 0, "\(old.err)")
    #expect(old.out.contains("computed in fp32 (this processor multiplies no bf16 numbers)"))
    let own = try BuiltProgram.run(cell, environment: ["CAMKERNEL_INSTRUCTIONS": nil])
    #expect(own.status == 0, "\(own.err)")
    #expect(own.out.contains("computed in fp32") == (Precision.bfloat16.usable == .float32))
  }

  @Test("a saved net comes back with its classes, and goes on with frozen layers under a new head")
  func fineTuning() throws {
    let path = folder + "/net.safetensors"
    transcript.run("train resnet9-cifar epochs=1 batch=18 seed=1 save='\(path)'")
    #expect(transcript.run("model '\(path)'").mistakeCode == nil)
    let loaded = try #require(transcript.session.workspace.currentIfAny(LoadedModel.self)).model
    #expect(loaded.classes == ClassList.cifar10.names)
    #expect(loaded.origin.contains("trained on cifar10 train"))
    transcript.run("model '\(path)' classes=10 as base")
    let before = try weights(of: loaded.graph)
    let tuned = transcript.run("train base epochs=1 batch=18 lr=0.01 seed=2 freeze=stem,stage1 as tuned")
    #expect(tuned.mistakeCode == nil, "\(tuned.mistakeMessage ?? "")")
    let after = try weights(
      of: #require(transcript.session.workspace.currentIfAny(LoadedModel.self)).model.graph)
    #expect(before.keys.sorted() == after.keys.sorted())
    for (name, values) in before {
      let isFrozen = name.hasPrefix("stem") || name.hasPrefix("stage1")
      #expect((after[name] == values) == isFrozen, "\(name)")
    }
    #expect(transcript.run("train base epochs=1 freeze=stage9").mistakeCode == "unknown-layer")
  }

  @Test("a net with another head is refused with what to do, and learns with a new one")
  func heads() throws {
    let path = folder + "/net.safetensors"
    transcript.run("train resnet9-cifar epochs=1 batch=18 seed=1 save='\(path)'")
    transcript.run("model '\(path)' classes=4 as other")
    let refused = transcript.run("train other epochs=1")
    #expect(refused.mistakeCode == "wrong-classes")
    #expect(refused.mistakeMessage?.contains("classes=10") == true)
    #expect(transcript.run("model '\(path)' classes=10\ntrain epochs=1 batch=18").mistakeCode == nil)
  }

  @Test("what cannot be written or judged is refused before anything is learned; what is at its end says so")
  func refusals() throws {
    let kept = folder + "/kept.safetensors"
    try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
    for (option, code) in [
      ("save='\(folder)/net.png'", "unknown-format"), ("save='\(kept)'", "cannot-write"),
      ("save='\(folder)/lost/net.safetensors'", "no-such-folder"),
    ] {
      #expect(transcript.run("train resnet9-cifar epochs=1 batch=18 \(option)").mistakeCode == code)
    }
    for name in ["cat", "frog", "yeti"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/photos/\(name)", withIntermediateDirectories: true)
      try PNGEncoder.write(
        Raster(width: 32, height: 32, color: (90, 60, 30)), to: "\(folder)/photos/\(name)/a.png")
    }
    transcript.run("dataset folder '\(folder)/photos' as other\ndataset cifar10 '\(folder)' as own")
    let strange = transcript.run("train resnet9-cifar on=own validate=other epochs=1 batch=18")
    #expect(strange.mistakeCode == "wrong-classes")
    #expect(strange.mistakeMessage == "folder has pictures of 'yeti', which is no class of cifar10 train")
    #expect(!transcript.output.bundles.contains { $0.isProgress })
    let onnx = "\(SharedFiles.checkout)/Tests/Fixtures/models/labels.onnx"
    let fixed = transcript.run("train '\(onnx)' on=own epochs=1")
    #expect(fixed.mistakeMessage?.contains("the network scores 3 classes, the labels have 10") == true)
    try FileManager.default.removeItem(atPath: "\(folder)/photos/yeti")
    transcript.run("dataset folder '\(folder)/photos' as other")
    let path = folder + "/net.safetensors"
    let cell = "train resnet9-cifar on=own validate=other epochs=1 batch=18 save='\(path)'"
    #expect(transcript.run(cell).mistakeMessage == nil)
    #expect(transcript.run("\(cell) resume='\(path).resume'").mistakeMessage == nil)
    #expect(transcript.lastResult?.contains("1 epoch") == true)
    #expect(transcript.lastResult?.contains("all of them before: nothing was left to do") == true)
  }

  @Test("classes of another data set are known by their names")
  func namedClasses() throws {
    for (set, names) in [("learned", ["bear", "owl", "zebra"]), ("judged", ["zebra", "owl"])] {
      for name in names {
        let place = "\(folder)/\(set)/\(name)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try PNGEncoder.write(Raster(width: 32, height: 32, color: (9, 9, 9)), to: "\(place)/a.png")
      }
      transcript.run("dataset folder '\(folder)/\(set)' as \(set)")
    }
    let workspace = transcript.session.workspace
    let learned = try #require(workspace.value(named: "learned", as: LoadedDataset.self))
    let judged = try #require(workspace.value(named: "judged", as: LoadedDataset.self))
    #expect(judged.classNames == ["owl", "zebra"] && learned.classNames == ["bear", "owl", "zebra"])
    let pictures = FittedPictures(
      judged, labels: [0, 1, 2], of: learned,
      for: Preprocessing(size: ImageSize(square: 32), fit: .stretch, filter: .bilinear))
    #expect(pictures.classNames == learned.classNames && pictures.unknownClass == nil)
    var planes = [Float](repeating: 0, count: 3 * 32 * 32)
    let scores = try (0..<2).map { index in
      try planes.withUnsafeMutableBufferPointer { try pictures.read(index, into: $0) }
    }
    #expect(scores == [1, 2])
  }

  @Test("weights rounded to six bits are a fifth of the size and nearly the same")
  func rounding() throws {
    let (path, small) = (folder + "/net.safetensors", folder + "/small.safetensors")
    transcript.run("train resnet9-cifar epochs=1 batch=18 seed=1 as net")
    #expect(transcript.run("save net '\(path)'").mistakeCode == nil)
    #expect(transcript.run("save net '\(small)' bits=6").mistakeCode == nil)
    func size(_ path: String) throws -> Int {
      try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
    #expect(try size(small) * 9 < size(path) * 2)
    let (exact, rounded) = (
      try WeightFormatCatalog.read(path: path), try WeightFormatCatalog.read(path: small)
    )
    #expect(Set(exact.names) == Set(rounded.names))
    #expect(exact.metadata["camkernel.classes"] == rounded.metadata["camkernel.classes"])
    #expect(transcript.run("model '\(small)'").mistakeCode == nil)
  }

  private func weights(of graph: Graph) throws -> [String: [Float]] {
    var found: [String: [Float]] = [:]
    for node in graph.nodes {
      for parameter in node.operation.parameters {
        found["\(node.name).\(parameter.name)"] = parameter.tensor.values
      }
    }
    return found
  }
}
