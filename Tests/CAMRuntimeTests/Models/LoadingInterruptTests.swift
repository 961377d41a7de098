import CAMRuntime
import ModelIO
import Synchronization
import TestSupport
import Testing

@Suite("loading that is interrupted") struct LoadingInterruptTests {
  /// How a network comes to its weights.
  struct Way: Sendable, CustomTestStringConvertible {
    let reference: String
    var weights: String?
    var seed: UInt64?
    var classes: Int?
    var testDescription: String { weights ?? reference }
  }

  private static let fixtures = "\(SharedFiles.checkout)/Tests/Fixtures"

  /// Half-precision weights, which must be converted.
  private static func halves(of name: String) throws -> String {
    let architecture = try #require(ArchitectureCatalog.architecture(named: name))
    let path = TemporaryFolder.file("safetensors")
    try SafeTensors.write(
      try architecture.requests().map { request in
        TensorToWrite(
          try RawTensor(
            name: request.key, elementType: .float16, shape: request.shape.dimensions,
            bytes: ByteSlice([UInt8](repeating: 0x20, count: 2 * request.shape.count))))
      }, to: path)
    return path
  }

  private func load(_ way: Way, _ flag: InterruptFlag) throws -> Model {
    var options = ModelOptions()
    options.weights = way.weights
    options.seed = way.seed
    options.classes = way.classes
    options.interrupt = flag
    return try ModelLoader.model(way.reference, options: options) { _ throws(ModelError) in
      throw .option("none")
    }
  }

  @Test("gives no model, at whichever look at the flag it is noticed")
  func everywhere() throws {
    let ways = [
      Way(reference: "resnet9-cifar", seed: 1),
      Way(reference: "resnet9-cifar", weights: try Self.halves(of: "resnet9-cifar")),
      Way(reference: "resnet9-cifar", weights: try Self.halves(of: "resnet9-cifar"), classes: 3),
      Way(reference: try Self.halves(of: "cifar10-conv5")),
      Way(reference: "\(Self.fixtures)/modelio/mixed.onnx"),
      Way(reference: "\(Self.fixtures)/models/flat.onnx"),
    ]
    for way in ways {
      let looks = Atomic<Int>(0)
      do { _ = try load(way, InterruptFlag { _ in looks.add(1, ordering: .relaxed) }) } catch ModelError.onnx
      {
        // What is no network is read all the same.
      }
      let all = looks.load(ordering: .relaxed)
      try #require(all > 0, "\(way.testDescription)")
      for last in 1...all {
        let seen = Atomic<Int>(0)
        let flag = InterruptFlag { if seen.add(1, ordering: .relaxed).newValue == last { $0.raise() } }
        #expect("look \(last) of \(all), \(way.testDescription)") {
          try load(way, flag)
        } throws: { if case ModelError.interrupted = $0 { true } else { false } }
      }
    }
  }
}
