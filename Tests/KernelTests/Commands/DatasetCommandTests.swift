import CAMRuntime
import Display
import Foundation
import Kernel
import ModelIO
import Testing

@Suite("dataset and batch")
final class DatasetCommandTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/datasets-\(UUID().uuidString)"
  private let transcript = Transcript()

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Writes CIFAR-10's binary layout: five files of four pictures, labels counted up from 0.
  private func writeCIFAR() throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (file, name) in ((1...5).map { "data_batch_\($0)" } + ["test_batch"]).enumerated() {
      var bytes = Data()
      for picture in 0..<4 {
        let number = 4 * file + picture
        bytes.append(UInt8(number % 10))
        bytes.append(contentsOf: (0..<3072).map { UInt8(($0 / 1024 * 50 + number) % 256) })
      }
      try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name).bin"))
    }
    return folder
  }

  /// A folder of classes: PNG pictures of one pixel, and files that are none.
  private func writeFolder() throws -> String {
    let png = try PNGEncoder.encode(Raster(width: 2, height: 1, color: (255, 0, 0)))
    for name in ["ants", "bees"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for index in 0..<3 {
        let data = index == 1 ? Data("no picture".utf8) : Data(png)
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)/\(index).png"))
      }
    }
    return folder
  }

  @Test("a data set says its counts and classes and becomes current")
  func cifar() throws {
    let path = try writeCIFAR()
    #expect(transcript.run("dataset cifar10 \"\(path)\"").mistakeCode == nil)
    #expect(
      transcript.lastResult == """
        cifar10 train: 20 pictures of 10 classes
        airplane 2, automobile 2, bird 2, cat 2, deer 2, dog 2, frog 2, horse 2, ship 2, truck 2
        """)
    transcript.run("dataset cifar10 \"\(path)\" split=test as later")
    #expect(transcript.lastResult?.hasPrefix("cifar10 test: 4 pictures of 4 classes") == true)
  }

  @Test("Tab behind batch class= offers the classes of the set that is named, else of the current one")
  func classCompletion() throws {
    func offered(_ text: String) -> [String] {
      transcript.session.complete(text, cursor: text.unicodeScalars.count).matches.map(\.text)
    }
    #expect(offered("batch class=").isEmpty)
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\" as c")
    #expect(offered("batch class=").prefix(2) == ["airplane", "automobile"])
    #expect(offered("batch class=de") == ["deer"])
    transcript.run("dataset folder \"\(try writeFolder())\" as f")
    #expect(offered("batch class=") == ["ants", "bees"])
    #expect(offered("batch c size=2 class=tr") == ["truck"])
  }

  @Test("a batch takes pictures in order with their labels, as size, start, class and seed say")
  func batches() throws {
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\" as c")
    transcript.run("batch size=3 count=2 start=8")
    #expect(
      transcript.lastResult
        == "6 pictures of cifar10 train from 8: ship, truck, airplane, automobile, bird, cat")
    let images = try #require(transcript.session.workspace.currentIfAny(LoadedImages.self))
    #expect(images.images.map(\.label) == [8, 9, 0, 1, 2, 3])
    #expect(images.images[0].name == "data_batch_3.bin[0]")
    #expect(images.images[0].raster.pixels.prefix(3) == [8, 58, 108])
    transcript.run("batch c class=cat")
    #expect(transcript.lastResult == "2 pictures of cifar10 train, class cat from 0: cat, cat")
    transcript.run("batch c class=9,cat,truck start=1")
    #expect(
      transcript.lastResult == "3 pictures of cifar10 train, classes truck, cat from 1: truck, cat, truck")
    #expect(transcript.run("batch c class=cat,dogg").mistakeCode == "unknown-class")
    guard case .mistake("wrong-kind", _, let lines) = transcript.run("image c").ending else {
      Issue.record("a data set is no picture")
      return
    }
    #expect(lines.contains { $0.contains("`batch c as NAME` takes some of its pictures") })
    func names(_ cell: String) throws -> [String] {
      transcript.run(cell)
      return try #require(transcript.session.workspace.currentIfAny(LoadedImages.self)).images.map(\.name)
    }
    let own = try names("batch size=20")
    let first = try names("batch shuffle=7 size=20")
    #expect(first != own && first.sorted() == own.sorted())
    #expect(try names("batch shuffle=7 size=20") == first)
    #expect(try names("batch shuffle=8 size=20") != first)
    // What a start skips is the order's beginning.
    #expect(try names("batch shuffle=7 size=5 start=15") == Array(first[15...]))
    let facts = transcript.output.bundles.last?.data.first { $0.type == DisplayBundle.factsType }?.content
    #expect(facts?["start"] == 15 && facts?["shuffle"] == 7)
  }

  @Test("a glob takes some files, and the folders around them are their classes")
  func globs() throws {
    let path = try writeFolder()
    transcript.run("dataset folder \"\(path)/*/0.png\"")
    #expect(transcript.lastResult == "folder: 2 pictures of 2 classes\nants 1, bees 1")
    transcript.run("dataset folder \"\(path)/ants/*.png\"")
    #expect(transcript.lastResult?.hasPrefix("folder: 3 pictures without labels") == true)
    #expect(transcript.run("dataset folder \"\(path)/*/*.gif\"").mistakeCode == "no-such-file")
  }

  @Test("explained pictures of a batch say what is true and what was predicted")
  func sheet() throws {
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\";\nbatch size=4;\nmodel resnet9-cifar random=2;")
    #expect(transcript.run("grad-cam class=true as sheet").mistakeCode == nil)
    let result = try #require(transcript.session.workspace.value(named: "sheet", as: ExplanationResult.self))
    let panels = try result.panels(with: transcript.session.settings, look: HeatLook())
    #expect(
      panels.map { $0.titles[0].text } == ["airplane", "automobile", "bird", "cat"].map { "True: \($0)" })
    #expect(panels.allSatisfy { $0.titles[1].text.hasPrefix("Pred: [") })
    // The class stands below a picture where it is neither what is true nor what is predicted.
    for panel in panels { #expect(!panel.captions.contains { $0.text.hasPrefix("for ") }) }
    transcript.run("grad-cam class=0,1,2,3,4,5,6,7,8,9 as every")
    let every = try #require(transcript.session.workspace.value(named: "every", as: ExplanationResult.self))
    let drawn = try every.panels(with: transcript.session.settings, look: HeatLook())
    for (item, panel) in zip(every.items, drawn) {
      let logits = item.explanation.logits
      let best = try #require(logits.indices.max { logits[$0] < logits[$1] })
      let isPlain = item.choice.index == best || item.choice.index == item.image.label
      #expect(panel.captions.contains { $0.text == "for \(item.className)" } == !isPlain)
    }
    // The flag that ends a cell ends the drawing of its result too.
    transcript.session.interrupt()
    #expect(throws: Interrupted.self) { try result.bundle(with: transcript.session.settings) }
    transcript.session.clearInterrupt()
    #expect(throws: Never.self) { try result.bundle(with: transcript.session.settings) }
    #expect(result.heading == "grad-cam of resnet9-cifar at \(result.items[0].explanation.layers[0])")
  }

  @Test("a picture that cannot be read is named, counted and replaced by the next")
  func broken() throws {
    #expect(transcript.run("dataset folder \"\(try writeFolder())\"").mistakeCode == nil)
    #expect(transcript.lastResult?.hasPrefix("folder: 6 pictures of 2 classes\nants 3, bees 3") == true)
    #expect(transcript.run("batch size=3").mistakeCode == nil)
    let text = try #require(transcript.lastResult)
    #expect(text.hasPrefix("3 pictures of folder from 0: ants, ants, bees\nskipped 1 that cannot be read"))
    #expect(text.contains("\(folder)/ants/1.png"))
    transcript.run("batch")
    #expect(
      transcript.lastResult?.hasPrefix("4 pictures of folder from 0: ants, ants, bees, bees\nskipped 2")
        == true)
  }

  @Test(
    "the true class is found by its name where the model has other classes, and refused where it has none such"
  )
  func trueClasses() throws {
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\"\nbatch size=1 start=3")
    let names = "\(folder)/names.txt"
    try "dog\ncat\nfrog\nbird, fowl".write(toFile: names, atomically: true, encoding: .utf8)
    #expect(
      transcript.run("model resnet9-cifar random=1 classes=4 labels=\"\(names)\"").mistakeCode == nil)
    #expect(transcript.run("grad-cam class=true").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("cat (1)") == true, "\(transcript.lastResult ?? "")")
    // The same list as an editor on Windows writes it.
    try "\u{feff}dog\r\ncat\r\nfrog\r\nbird, fowl\r\n".write(
      toFile: names, atomically: true, encoding: .utf8)
    #expect(
      transcript.run("model resnet9-cifar random=1 classes=4 labels=\"\(names)\"").mistakeCode == nil)
    transcript.run("batch size=1 start=2")
    #expect(transcript.run("grad-cam class=true").mistakeCode == nil)
    #expect(transcript.lastResult?.contains("bird, fowl (3)") == true, "\(transcript.lastResult ?? "")")
    transcript.run("batch size=1 start=9")
    let refused = transcript.run("grad-cam class=true")
    #expect(refused.mistakeCode == "unknown-class")
    #expect(refused.mistakeMessage?.contains("has no class 'truck'") == true)
    // More classes than the set has, without names: the number is not the class.
    transcript.run("model resnet9-cifar random=1 classes=12")
    #expect(transcript.run("grad-cam class=true").mistakeCode == "unknown-class")
    // Two classes of the name: neither is the class.
    try "truck, lorry\ntruck, toy\nfrog\nbird".write(toFile: names, atomically: true, encoding: .utf8)
    transcript.run("model resnet9-cifar random=1 classes=4 labels=\"\(names)\"")
    #expect(transcript.run("grad-cam class=true").mistakeCode == "unknown-class")
    // As many classes without names: the number is the class.
    transcript.run("model resnet9-cifar random=1 classes=10\ngrad-cam class=true")
    #expect(transcript.lastResult?.contains("(9)") == true, "\(transcript.lastResult ?? "")")
  }

  @Test("a folder without pictures, or without the split that is asked for, says so")
  func emptyFolders() throws {
    let empty = "\(folder)/empty/inner"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    #expect(
      transcript.run("dataset folder \"\(folder)/empty\"").mistakeMessage
        == "\(folder)/empty: there is no picture in its folders")
    #expect(
      transcript.run("dataset folder \"\(folder)\" split=val").mistakeMessage?.contains(
        "there is no split 'val'") == true)
  }

  @Test("mistakes name what is wrong and change nothing")
  func mistakes() throws {
    #expect(transcript.run("batch").mistakeCode == "missing-dataset")
    let missing = transcript.run("dataset cifar10 \"\(folder)/none\"")
    #expect(missing.mistakeCode == "no-such-file")
    #expect(missing.mistakeMessage == "there is no file '\(folder)/none'")
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\"")
    #expect(transcript.run("batch class=dragon").mistakeCode == "unknown-class")
    #expect(transcript.run("batch class=d").mistakeCode == "ambiguous-class")
    #expect(transcript.run("batch start=20").mistakeCode == "out-of-range")
    #expect(transcript.run("batch size=4096 count=2").mistakeCode == "out-of-range")
    #expect(transcript.run("dataset fetch mnist").mistakeCode == "unknown-data-set")
    #expect(transcript.run("dataset fetch").mistakeCode == "missing-value")
    #expect(transcript.session.workspace.currentIfAny(LoadedDataset.self)?.images.count == 20)
  }

  @Test("a data set feeds training: sizes, names, planes and labels")
  func training() throws {
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\"")
    let set = try #require(transcript.session.workspace.currentIfAny(LoadedDataset.self))
    let data = FittedPictures(set, labels: Array(set.classNames.indices), for: .cifar10)
    #expect(data.count == 20 && data.classCount == 10 && data.width == 32 && data.height == 32)
    #expect(data.classNames[3] == "cat")
    var planes = [Float](repeating: 0, count: 3072)
    let label = try planes.withUnsafeMutableBufferPointer { try data.read(13, into: $0) }
    #expect(label == 3)
    #expect(planes[0] == 13 && planes[1024] == 63 && planes[3071] == 113)
  }

  @Test("training resizes pictures as the network does, and learns the classes that it has")
  func fittedTraining() throws {
    transcript.run("dataset cifar10 \"\(try writeCIFAR())\"")
    let set = try #require(transcript.session.workspace.currentIfAny(LoadedDataset.self))
    let data = FittedPictures(set, labels: [1, 3], for: .halves(48, fit: .stretch, filter: .bilinear))
    #expect(data.classNames == ["automobile", "cat"] && data.width == 48)
    var planes = [Float](repeating: -1, count: 3 * 48 * 48)
    let score = try planes.withUnsafeMutableBufferPointer { try data.read(13, into: $0) }
    #expect(score == 1 && planes[0] == 13 && planes.allSatisfy { $0 == 13 || $0 == 63 || $0 == 113 })
    #expect(throws: (any Error).self) {
      try planes.withUnsafeMutableBufferPointer { _ = try data.read(12, into: $0) }
    }
  }
}
