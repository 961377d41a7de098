import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// ROAD and ARCC against pytorch-grad-cam's own, without noise (`Tests/Oracle/metrics.py`).
@Suite("metrics of removed pixels") struct RemovalMetricTests {
  private let network: Network
  private let numbers: StateDictionary
  private let picture: Tensor

  init() throws {
    let folder = SharedFiles.checkout + "/Tests/Fixtures/explain/metrics"
    network = try Network(ONNXImporter(try ONNXModel(path: folder + ".onnx")).graph().graph)
    numbers = try WeightFormatCatalog.read(path: folder + ".safetensors")
    picture = Tensor([1, 3, 24, 20], values: Array(try #require(numbers["picture"]).floats()))
  }

  private func map(_ index: Int, of name: String) throws -> SaliencyMap {
    let values = Array(try #require(numbers[name]).floats())
    return SaliencyMap(height: 24, width: 20, values: Array(values[index * 480..<(index + 1) * 480]))
  }

  private func judge(_ index: Int, noise: Float = 0, seed: UInt64 = 0) throws -> MapJudge {
    let again = try map(index, of: "others")
    let explainer = Explainer(network)
    return MapJudge(
      map: try map(index, of: "maps"),
      probe: try explainer.probe(picture, at: DefaultLayerRule.layer(of: network.graph).id),
      classIndex: 2, background: [0, 0, 0], noise: noise, seed: seed
    ) { _ in again }
  }

  @Test(
    "the hottest and the coldest removed, both, and the mean with coherency and complexity",
    arguments: [0, 1])
  func road(_ index: Int) throws {
    let judge = try judge(index)
    let metrics: [any Metric.Type] = [
      HottestRemoved.self, ColdestRemoved.self, RemoveAndDebias.self, ARCC.self,
    ]
    for metric in metrics {
      let expected = Array(try #require(numbers[metric.name]).floats())[index]
      let found = try #require(try metric.value(of: judge))
      #expect(abs(found - Double(expected)) < 2e-6 + 1e-4 * abs(Double(expected)), "\(metric.name)")
    }
  }

  @Test("noise moves the measures a little, the same for the same seed")
  func noise() throws {
    let plain = try #require(try RemoveAndDebias.value(of: judge(0)))
    let noisy = try #require(try RemoveAndDebias.value(of: judge(0, noise: 0.01, seed: 4)))
    #expect(noisy != plain && abs(noisy - plain) < 0.01)
    #expect(try RemoveAndDebias.value(of: judge(0, noise: 0.01, seed: 4)) == noisy)
    #expect(try RemoveAndDebias.value(of: judge(0, noise: 0.01, seed: 5)) != noisy)
  }

  @Test("a map of one value loses all pixels, which then are zero")
  func constant() throws {
    let flat = SaliencyMap(height: 24, width: 20, repeating: 0)
    let explainer = Explainer(network)
    let judge = MapJudge(
      map: flat, probe: try explainer.probe(picture, at: DefaultLayerRule.layer(of: network.graph).id),
      classIndex: 2,
      background: [0, 0, 0], noise: 0
    ) { _ in flat }
    let nothing = try #require(try network.forward(.zeros([1, 3, 24, 20]))[network.graph.logits])
    let whole = try #require(try network.forward(picture)[network.graph.logits])
    let score = Score(.softmax, classIndex: 2)
    let change = score.value(of: nothing.values) - score.value(of: whole.values)
    #expect(abs(try #require(try HottestRemoved.value(of: judge)) - change) < 1e-6)
    #expect(abs(try #require(try RemoveAndDebias.value(of: judge))) < 1e-9)
    #expect(try #require(try ARCC.value(of: judge)) < 1e-7)
  }

  @Test("what is gained is a share of what was lacking")
  func gain() throws {
    let judge = try judge(0)
    let before = judge.value(.softmax)
    let after = try judge.explanationScore(.softmax)
    let expected = 100 * max(0, after - before) / (1 - before)
    #expect(try AverageGain.value(of: judge) == expected)
    let drop = try #require(try AverageDrop.value(of: judge))
    #expect((expected > 0) != (drop > 0))
  }

  @Test(
    "pixels are what their neighbours make of them, at the border and in large gaps", arguments: [10, 50])
  func imputation(_ percent: Int) throws {
    let expected = Array(try #require(numbers["filled\(percent)"]).floats())
    let heat = try map(0, of: "maps")
    let threshold = heat.values.percentile(Double(percent))
    let filling = NeighbourImputation(height: 24, width: 20, missing: heat.values.map { $0 >= threshold })
    var values = picture.values
    values.withUnsafeMutableBufferPointer { values in
      for plane in 0..<3 {
        filling.fill(
          UnsafeMutableBufferPointer(rebasing: values[plane * 480..<(plane + 1) * 480]),
          interrupt: InterruptFlag())
      }
    }
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
