import Foundation
import ModelIO
import TestSupport
import Testing

/// `camkernel forward` on a net whose scores are `w x` with w[class, i] = (8 class + i % 8) / 10.
@Suite("the program's forward", .serialized) final class ForwardTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  private let model = "\(SharedFiles.checkout)/Tests/Fixtures/models/shape-chain.onnx"
  private let picture = (0..<64).map { Float($0 % 11) - 5 }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try NumPyArray.write(shape: [2, 2, 4, 4], floats: picture, to: file("in.npy"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func weight(_ label: Int, _ index: Int) -> Float { Float(8 * label + index % 8) / 10 }

  private func forward(_ options: String...) throws -> (shape: [Int], values: [Float]) {
    let ran = try BuiltProgram.run(arguments: ["forward", model, file("in.npy"), file("out.npy")] + options)
    try #require(ran.status == 0, "\(ran.err)")
    #expect(ran.out.isEmpty && ran.err.isEmpty)
    let written = try NumPyArray.read(path: file("out.npy"))
    return (written.shape, Array(written.floats()))
  }

  private func expect(_ found: [Float], near wanted: [Float]) {
    #expect(found.count == wanted.count)
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }, "\(found)")
  }

  @Test("it writes the scores of each picture of a batch")
  func scores() throws {
    let found = try forward()
    #expect(found.shape == [2, 3])
    let wanted = (0..<2).flatMap { entry in
      (0..<3).map { label in
        (0..<32).reduce(Float(0)) { $0 + weight(label, $1) * picture[32 * entry + $1] }
      }
    }
    expect(found.values, near: wanted)
  }

  @Test("it writes a layer's value")
  func layer() throws {
    let found = try forward("--layer", "view")
    #expect(found.shape == [2, 32] && found.values == picture)
  }

  @Test("it writes a score's gradient at the picture and at a layer")
  func gradient() throws {
    let row = (0..<32).map { weight(1, $0) }
    let atPicture = try forward("--gradient", "1")
    #expect(atPicture.shape == [2, 2, 4, 4])
    expect(atPicture.values, near: row + row)
    let atLayer = try forward("--gradient", "1", "--layer", "view", "--threads", "1")
    #expect(atLayer.shape == [2, 32])
    expect(atLayer.values, near: row + row)
  }

  @Test(
    "a mistake is named, and nothing is written",
    arguments: [
      (["--layer", "vieww"], Int32(1), "there is no layer named 'vieww'; did you mean 'view'?"),
      (["--gradient", "3"], 1, "there is no class 3: shape-chain has classes 0 to 2"),
      (["--gradient", "one"], 1, "shape-chain has no class names, 'one' is no index"),
      (["--gradient", "-1"], 1, "there is no class -1: shape-chain has classes 0 to 2"),
      (["--threads", "-1"], 2, "--threads takes a whole number from 0 to 1024, not '-1'"),
      (["--threads", "99999999999"], 2, "--threads takes a whole number from 0 to 1024, not '99999999999'"),
      (["--random", "-1"], 2, "--random takes a whole number of at least 0, not '-1'"),
      (["--precision", "fp8"], 2, "--precision is fp32 or bf16"),
      (["more.npy"], 2, "usage: camkernel forward MODEL INPUT.npy OUTPUT.npy"),
    ])
  func mistakes(_ options: [String], _ status: Int32, _ message: String) throws {
    let ran = try BuiltProgram.run(
      arguments: ["forward", model, file("in.npy"), file("out.npy")] + options)
    #expect(ran.status == status && ran.out.isEmpty)
    #expect(ran.err.contains(message), "\(ran.err)")
    #expect(!FileManager.default.fileExists(atPath: file("out.npy")))
  }

  @Test("a built-in network takes tensors of another height and width, and a class by its name")
  func size() throws {
    try NumPyArray.write(
      shape: [1, 3, 40, 56], floats: [Float](repeating: 0.5, count: 3 * 40 * 56), to: file("in.npy"))
    let seeded = ["forward", "resnet18", file("in.npy"), file("out.npy"), "--random", "1"]
    let named = try BuiltProgram.run(arguments: seeded + ["--gradient", "Tiger_Cat"])
    try #require(named.status == 0, "\(named.err)")
    let byName = try NumPyArray.read(path: file("out.npy"))
    #expect(byName.shape == [1, 3, 40, 56])
    let numbered = try BuiltProgram.run(arguments: seeded + ["--gradient", "282"])
    try #require(numbered.status == 0, "\(numbered.err)")
    #expect(try Array(NumPyArray.read(path: file("out.npy")).floats()) == Array(byName.floats()))
  }

  @Test("NaN in the result is said")
  func notANumber() throws {
    try NumPyArray.write(
      shape: [2, 2, 4, 4], floats: [Float](repeating: .nan, count: 32) + [Float](repeating: 1, count: 32),
      to: file("in.npy"))
    let ran = try BuiltProgram.run(arguments: ["forward", model, file("in.npy"), file("out.npy")])
    #expect(ran.status == 0)
    #expect(ran.err.contains("warning: 3 of the 6 numbers written to"), "\(ran.err)")
  }

  @Test("a pipe is written into, and what a link names is replaced")
  func targets() throws {
    try #require(mkfifo(file("pipe"), 0o600) == 0)
    let reader = open(file("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { close(reader) }
    let piped = try BuiltProgram.run(arguments: ["forward", model, file("in.npy"), file("pipe")])
    #expect(piped.status == 0, "\(piped.err)")
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(reader, &bytes, bytes.count)
    #expect(count == 128 + 4 * 6 && bytes[1..<6].elementsEqual(Array("NUMPY".utf8)))
    try Data("old".utf8).write(to: URL(fileURLWithPath: file("real.npy")))
    try FileManager.default.createSymbolicLink(atPath: file("link.npy"), withDestinationPath: "real.npy")
    let ran = try BuiltProgram.run(arguments: ["forward", model, file("in.npy"), file("link.npy")])
    #expect(ran.status == 0, "\(ran.err)")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file("link.npy")) == "real.npy")
    #expect(try NumPyArray.read(path: file("real.npy")).shape == [2, 3])
  }

  @Test("a file whose channels come last takes its own tensors and those with channels first alike")
  func channelsLast() throws {
    let file = "\(SharedFiles.checkout)/Tests/Fixtures/models/channels-last.onnx"
    let last = (0..<96).map { Float($0 % 13) - 6 }
    // [8, 4, 3] with its channels first.
    let first = (0..<96).map { (index: Int) -> Float in last[(index % 32) * 3 + index / 32] }
    let cases: [(shape: [Int], values: [Float], options: [String])] = [
      ([1, 8, 4, 3], last, []), ([1, 3, 8, 4], first, []),
      ([1, 8, 4, 3], last, ["--gradient", "0"]), ([1, 3, 8, 4], first, ["--gradient", "0"]),
    ]
    var results: [(shape: [Int], values: [Float])] = []
    for (shape, values, options) in cases {
      try NumPyArray.write(shape: shape, floats: values, to: self.file("in.npy"))
      let ran = try BuiltProgram.run(
        arguments: ["forward", file, self.file("in.npy"), self.file("out.npy")] + options)
      try #require(ran.status == 0, "\(ran.err)")
      let written = try NumPyArray.read(path: self.file("out.npy"))
      results.append((written.shape, Array(written.floats())))
    }
    #expect(results[0] == results[1] && results[0].values.contains { $0 != 0 })
    #expect(results[2].shape == [1, 8, 4, 3] && results[3].shape == [1, 3, 8, 4])
    let turned = (0..<96).map { (index: Int) -> Float in results[2].values[(index % 32) * 3 + index / 32] }
    #expect(results[3].values == turned)
  }

  @Test("weights of a file and random ones are not taken at the same time")
  func bothWeights() throws {
    let ran = try BuiltProgram.run(
      arguments: ["forward", "resnet9-cifar", "in.npy", "out.npy", "--weights", "w.pth", "--random", "1"])
    #expect(ran.status == 2 && ran.err.contains("--weights and --random cannot both say"), "\(ran)")
  }
}
