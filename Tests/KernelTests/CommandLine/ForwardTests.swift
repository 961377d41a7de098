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
      (["--layer", "vieww"], Int32(1), "there is no layer named 'vieww': did you mean 'view'?"),
      (["--gradient", "3"], 1, "class 3 of 3 is asked for"),
      (["--gradient", "one"], 2, "--gradient takes a whole number, not 'one'"),
      (["--gradient", "-1"], 2, "a number is negative"),
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
}
