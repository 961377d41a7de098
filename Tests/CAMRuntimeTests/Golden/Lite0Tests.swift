import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Where the weights of the tests' real network are.
enum Lite0 {
  static let weights: String? = {
    if let path = FileStore().find(WeightFiles.efficientNetLite0) { return path }
    print("skipped: tests that need efficientnet-lite0's weights; run Scripts/fetch-weights.sh")
    return nil
  }()

  static let photographs = Sanitizer.isPresent ? ["chelsea"] : ["chelsea", "coffee", "rocket"]
}

/// EfficientNet-Lite0 with its real weights; `Scripts/fetch-weights.sh` brings them.
@Suite(
  "EfficientNet-Lite0 with its ImageNet weights",
  .enabled(if: SharedFiles.isPresent && Lite0.weights != nil), .serialized)
struct Lite0Tests {
  private func model() throws -> Model {
    let path = try #require(Lite0.weights)
    return try ModelLoader.model("efficientnet-lite0") { _ throws(ModelError) in path }
  }

  @Test("photographs give PyTorch's scores, maps and gradients", arguments: Lite0.photographs)
  func photographs(_ name: String) throws {
    let golden = try WeightFormatCatalog.read(path: SharedFiles.golden("lite0_\(name).golden.safetensors"))
    func numbers(_ key: String) throws -> Tensor { Tensor(file: try #require(golden[key], "\(key)")) }
    let model = try model()
    let graph = model.graph
    let input = try numbers("input")
    let network = try Network(graph)
    let values = try network.forward(
      input.reshaped([1, 3, 224, 224]), keeping: [model.defaultLayer])
    let logits = try #require(values[graph.logits])
    #expect(relativeError(logits.values, try numbers("logits").values) < 1e-4)
    let maps = try #require(values[model.defaultLayer])
    #expect(relativeError(maps.values, try numbers("_head_act/activations").values) < 1e-4)
    let best = try #require(logits.values.indices.max { logits.values[$0] < logits.values[$1] })
    let expected = try #require(golden["top5_index"]).integers()
    #expect(best == expected[0])
  }

  @Test("the synthetic picture gives the anchor's scores and features")
  func anchor() throws {
    struct Anchor: Decodable {
      let feat_sum: Float
      let feat_max: Float
      let dead: Int
      let logit_sum: Float
      let yc: Float
    }
    let url = URL(fileURLWithPath: SharedFiles.golden("anchors/anchors_lite0.json"))
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    let part = try JSONSerialization.data(withJSONObject: try #require(file?["synthetic"]))
    let anchor = try JSONDecoder().decode(Anchor.self, from: part)
    let model = try model()
    let picture = Tensor([1, 3, 224, 224]) { target in
      for channel in 0..<3 {
        for row in 0..<224 {
          for column in 0..<224 {
            let value = (row * (channel + 1) + 2 * column * (3 - channel)) % 256
            target[(channel * 224 + row) * 224 + column] = (Float(value) - 127) / 128
          }
        }
      }
    }
    let values = try Network(model.graph).forward(picture, keeping: [model.defaultLayer])
    let logits = try #require(values[model.graph.logits]).values
    let maps = try #require(values[model.defaultLayer]).values
    #expect(abs(logits[885] - anchor.yc) < 1e-4 * anchor.yc)
    #expect(abs(logits.reduce(0, +) - anchor.logit_sum) < 1e-3 * abs(anchor.logit_sum))
    #expect(abs(maps.reduce(0, +) - anchor.feat_sum) < 1e-4 * anchor.feat_sum)
    #expect(maps.max() == anchor.feat_max)
    let dead = (0..<1280).count { channel in maps[channel * 49..<(channel + 1) * 49].allSatisfy { $0 == 0 } }
    #expect(dead == anchor.dead)
  }
}
