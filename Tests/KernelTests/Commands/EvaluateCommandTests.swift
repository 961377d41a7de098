import CAMRuntime
import Display
import Foundation
import Kernel
import TestSupport
import Testing

/// `evaluate` in a session: a small network of random weights, and a folder of pictures made here.
@Suite("evaluate") final class EvaluateCommandTests {
  private let folder = FileManager.default.temporaryDirectory.path + "/evaluate-\(UUID().uuidString)"
  private let transcript = Transcript()
  private var file: String { folder + "/scores.csv" }

  init() throws {
    var random = SeededGenerator(seed: 4)
    for name in ["cat", "dog"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/set/\(name)", withIntermediateDirectories: true)
      for index in 0..<3 {
        let pixels = (0..<32 * 32 * 3).map { _ in UInt8(random.index(below: 256)) }
        try PNGEncoder.write(
          Raster(width: 32, height: 32, pixels: pixels), to: "\(folder)/set/\(name)/\(name)\(index).png")
      }
    }
    let outcome = transcript.run("model resnet9-cifar random=1\ndataset folder '\(folder)/set' as photos")
    #expect(outcome.mistakeMessage == nil)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func facts() throws -> JSONValue {
    let value = try #require(transcript.session.workspace.last)
    let bundle = try value.bundle(with: transcript.session.settings)
    return try #require(bundle.data.first { $0.type == DisplayBundle.factsType }?.content)
  }

  private func result(_ method: String, _ metric: String) throws -> Double {
    guard case .array(let results) = try facts()["results"],
      let row = results.first(where: { $0["method"] == .string(method) }),
      case .number(let value) = row["metrics"]?[metric]
    else {
      Issue.record("no \(metric) of \(method)")
      return .nan
    }
    return value
  }

  @Test("a table has a row for each method, means of its metrics, wins and a file with each picture")
  func table() throws {
    let cell = "evaluate eigen-cam random-cam images=4 metrics=drop,complexity class=3 save='\(file)'"
    #expect(transcript.run(cell).mistakeMessage == nil)
    let text = try #require(transcript.lastResult)
    for part in [
      "resnet9-cifar at", "4 pictures of folder", "eigen-cam", "random-cam", "less is better: drop",
    ] {
      #expect(text.contains(part), "\(text)")
    }
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 9)
    #expect(lines[0] == "model,layer,mask,image,class,method,seconds,drop,complexity,id")
    let drops = lines.dropFirst().filter { $0.contains(",eigen-cam,") }.compactMap {
      Double($0.split(separator: ",")[7])
    }
    let mean = try result("eigen-cam", "drop")
    #expect(drops.count == 4 && abs(mean - drops.reduce(0, +) / 4) < 1e-9)
    let wins = try result("eigen-cam", "win") + result("random-cam", "win")
    #expect(wins >= 0 && wins <= 100)
    // The pictures are spread over the set.
    #expect(lines.contains { $0.contains("cat0") } && lines.contains { $0.contains("dog") })
  }

  @Test("what a file has is not done again, and a file of something else is refused")
  func resumption() throws {
    let cell = "evaluate eigen-cam images=2 metrics=complexity class=3 save='\(file)'"
    #expect(transcript.run(cell).mistakeMessage == nil)
    var lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    for index in 1..<lines.count {
      var fields = lines[index].split(separator: ",").map(String.init)
      fields[7] = "7"
      lines[index] = fields.joined(separator: ",")
    }
    // As a spreadsheet on Windows saves it.
    try ("\u{feff}" + lines.joined(separator: "\r\n") + "\r\n").write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(transcript.run(cell).mistakeMessage == nil)
    #expect(try result("eigen-cam", "complexity") == 7)
    // Another layer is measured anew, beside what the file has.
    #expect(transcript.run(cell + " layer=stage1").mistakeMessage == nil)
    #expect(try result("eigen-cam", "complexity") < 1)
    #expect(try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline).count == 5)
    let refused = transcript.run("evaluate eigen-cam metrics=drop save='\(file)'")
    #expect(refused.mistakeCode == "other-evaluation")
  }

  @Test("a file keeps pictures of one name, classes and counterparts, weights and seeds apart")
  func identities() throws {
    for (kind, value) in [("cat", UInt8(20)), ("dog", 200)] {
      try PNGEncoder.write(
        Raster(width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { UInt8($0 % 50) + value / 2 }),
        to: "\(folder)/set/\(kind)/same.png")
    }
    func count() throws -> Int {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count - 1
    }
    let cell = "evaluate eigen-cam random-cam images=8 metrics=complexity save='\(file)'"
    #expect(transcript.run("dataset folder '\(folder)/set' as photos\n\(cell) class=3").mistakeMessage == nil)
    #expect(try count() == 16)
    #expect(transcript.run("\(cell) class=3").mistakeMessage == nil)
    #expect(try count() == 16)
    #expect(transcript.run("\(cell) class=-3").mistakeMessage == nil)
    #expect(try count() == 32)
    #expect(transcript.run("set seed=9\n\(cell) class=3").mistakeMessage == nil)
    #expect(try count() == 48)
    #expect(transcript.run("model resnet9-cifar random=2\n\(cell) class=3").mistakeMessage == nil)
    #expect(try count() == 64)
  }

  @Test("without a data set the current images are judged; mistakes name their place")
  func images() throws {
    let fresh = Transcript()
    fresh.run("model resnet9-cifar random=1")
    #expect(fresh.run("evaluate eigen-cam").mistakeCode == "missing-image")
    fresh.run("image '\(folder)/set/cat/*.png'")
    #expect(fresh.run("evaluate eigen-cam metrics=complexity").mistakeMessage == nil)
    #expect(fresh.lastResult?.contains("3 pictures") == true)
    #expect(fresh.run("evaluate eigen-cma").mistakeCode == "unknown-method")
    #expect(fresh.run("evaluate eigen-cam metrics=depth").mistakeCode == "unknown-metric")
    #expect(fresh.run("evaluate eigen-cam on=nothing").mistakeCode == "unknown-dataset")
    #expect(fresh.run("evaluate eigen-cam class=1,2").mistakeCode == "several-classes")
    #expect(fresh.run("evaluate").mistakeCode == "missing-value")
  }
}
