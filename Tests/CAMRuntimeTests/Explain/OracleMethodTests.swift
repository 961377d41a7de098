import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Methods that the golden files have no numbers for, against `Tests/Oracle/explain_methods.py`.
@Suite("methods against their formulas", .enabled(if: SharedFiles.isPresent, "needs ../shared/golden"))
struct OracleMethodTests {
  struct Case: CustomTestStringConvertible {
    let number: String
    let method: String
    var options: [String: String] = [:]
    var score = Score.Kind.logit
    var smoothing = Smoothing.none
    var usesAllLayers = false
    var hasArbitrarySign = false
    /// Which of the net's two layers is looked at.
    var layer = 0
    var testDescription: String { number }
  }

  static let cases: [Case] = [
    Case(number: "smooth-grad-cam++/weights", method: "smooth-grad-cam++", options: ["samples": "3"]),
    Case(number: "shapley-cam/logit/weights", method: "shapley-cam"),
    Case(number: "shapley-cam/softmax/weights", method: "shapley-cam", score: .softmax),
    Case(number: "shapley-cam/rest/weights", method: "shapley-cam", score: .rest),
    Case(number: "shapley-cam/logit-middle/weights", method: "shapley-cam", layer: 1),
    Case(number: "shapley-cam/softmax-middle/weights", method: "shapley-cam", score: .softmax, layer: 1),
    Case(number: "shapley-cam/rest-middle/weights", method: "shapley-cam", score: .rest, layer: 1),
    Case(number: "finer-cam/weights", method: "finer-cam"),
    Case(number: "refine-cam/map", method: "refine-cam", usesAllLayers: true),
    Case(number: "fused-grad-cam/map", method: "grad-cam", usesAllLayers: true),
    Case(number: "fused-layer-cam/map", method: "layer-cam", usesAllLayers: true),
    Case(number: "group-cam/map", method: "group-cam", options: ["groups": "8"], score: .softmax),
    Case(number: "is-cam/weights", method: "is-cam", options: ["samples": "4"]),
    Case(number: "ss-cam/weights", method: "ss-cam", options: ["samples": "2"]),
    Case(number: "fem/map", method: "fem"),
    Case(number: "fem-activation/map", method: "fem", options: ["form": "activation"]),
    Case(number: "kpca-cam/map", method: "kpca-cam", hasArbitrarySign: true),
    Case(number: "eigen-smooth-grad-cam/map", method: "grad-cam", smoothing: .eigen),
    Case(number: "aug-smooth-grad-cam/map", method: "grad-cam", smoothing: .aug),
    Case(number: "zero-image-blur/map", method: "zero-image-cam", options: ["baseline": "blur"]),
    Case(number: "recipro-cam/map", method: "recipro-cam", score: .softmax),
    Case(number: "guided-backprop/picture", method: "guided-backprop"),
    Case(number: "guided-grad-cam/picture", method: "guided-grad-cam"),
    Case(number: "guided-ablation-cam/picture", method: "guided-ablation-cam"),
  ]

  private static func numbers() throws -> StateDictionary {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/explain/methods.safetensors").path
    return try WeightFormatCatalog.read(path: path)
  }

  @Test(
    "weights, maps and pictures agree", arguments: ["tiny_plain", "tiny_vgg", "tiny_res", "tiny_mobile"],
    cases)
  func agrees(_ net: String, _ test: Case) throws {
    let golden = try GoldenNet(net)
    let reference = Array(try #require(try Self.numbers()["\(net)/\(test.number)"]).floats())
    let explainer = Explainer(try Network(golden.graph))
    let type = try #require(CAMCatalog.method(named: test.method))
    let method = try type.init(MethodArguments(for: type, test.options, seed: 7))
    let names = test.usesAllLayers ? golden.layers : [golden.layers[test.layer]]
    let classIndex = try #require(golden.classes.first)
    let request = ExplanationRequest(
      method, layers: try names.map(golden.layer), score: Score(test.score, classIndex: classIndex),
      smoothing: test.smoothing)
    let found = try explainer.explain(try golden.input(), request)
    let kind = test.number.split(separator: "/").last
    var values =
      switch kind {
      case "weights": found.weights ?? []
      case "picture": found.picture?.values ?? []
      default: test.usesAllLayers || test.smoothing == .aug ? found.map.values : found.signedMap.values
      }
    if test.hasArbitrarySign, zip(values, reference).reduce(0, { $0 + $1.0 * $1.1 }) < 0 {
      values = values.map { -$0 }
    }
    expectClose(values, reference, within: Tolerance.oracle, "\(net) \(test.number)")
  }

  @Test("every method has numbers of an oracle, here, in the golden files or in the anchors")
  func complete() {
    let covered = Set(
      Self.cases.map(\.method) + GoldenMethodTests.cases.map(\.method) + AnchorTests.cases.map(\.method))
    // Random weights have no oracle; the tree of clusters is held against ablation-cam in `ClusterTests`.
    let missing = CAMCatalog.all.map { $0.name }.filter { !covered.contains($0) }
    #expect(missing == ["ablation-cam++", "random-cam"])
  }
}
