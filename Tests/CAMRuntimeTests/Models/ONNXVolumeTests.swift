import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Networks of `Tests/Oracle/models_volumes.py`: one window of three dimensions each.
@Suite("ONNX: windows of three dimensions", .serialized)
struct ONNXVolumeTests {
  static let names = [
    "conv", "conv-same", "conv-slices", "transposed", "transposed-shape", "max", "average", "average-padded",
  ]

  private func path(_ name: String) -> String {
    "\(SharedFiles.checkout)/Tests/Fixtures/models/volume-\(name)"
  }

  private func network(_ name: String) throws -> Network {
    try Network(ONNXImporter(try ONNXModel(path: path(name) + ".onnx")).graph().graph)
  }

  private let input = Tensor([2, 4, 6, 7, 5], values: (0..<1680).map { Float(Double($0 % 23) / 11 - 1) })

  @Test("give ONNX Runtime's values, for any number of entries", arguments: names)
  func values(_ name: String) throws {
    let network = try network(name)
    let expected = try NumPyArray.read(path: path(name) + ".npy")
    let both = try #require(try network.forward(input)[network.graph.output])
    #expect(both.shape == Shape(expected.shape))
    #expect(relativeError(both.values, Array(expected.floats())) < 1e-5)
    for entry in 0..<2 {
      let one = try #require(
        try network.forward(input.entries(entry..<entry + 1))[network.graph.output])
      #expect(relativeError(one.values, both.entries(entry..<entry + 1).values) < 1e-6)
    }
  }

  @Test("let gradients through, as finite differences say", arguments: names)
  func gradients(_ name: String) throws {
    let network = try network(name)
    let graph = network.graph
    var numbers = SeededNumbers(23)
    let input = numbers.distinct(input.shape)
    let base = try network.forward(input, keeping: [graph.output])
    let seed = numbers.tensor(try #require(base[graph.output]).shape)
    let found = try network.gradient(
      from: graph.output, seed: seed, withRespectTo: [graph.input], at: base)
    let gradient = try #require(found[graph.input])
    for _ in 0..<3 {
      let direction = numbers.tensor(input.shape)
      // Small enough to stay between kinks (the distinct values are 0.02 apart).
      let step: Float = 4e-3
      func score(_ sign: Float) throws -> Double {
        let moved = zip(input.values, direction.values).map { $0 + sign * step * $1 }
        let values = try #require(try network.forward(Tensor(input.shape, values: moved))[graph.output])
        return zip(values.values, seed.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      let expected = try (score(1) - score(-1)) / Double(2 * step)
      let slope = zip(gradient.values, direction.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(slope - expected) < 0.05 + 0.01 * abs(expected), "\(slope) and \(expected)")
    }
  }
}
