import CAMRuntime
import TestSupport
import Testing

/// Every method that the oracle has numbers for, at two layers and two classes of each net.
@Suite("methods against the oracle", .enabled(if: SharedFiles.isPresent, "needs ../shared/golden"))
struct GoldenMethodTests {
  struct Case: CustomTestStringConvertible {
    let golden: String
    let method: String
    var options: [String: String] = [:]
    var score = Score.Kind.logit
    /// What the oracle's `raw` is compared with.
    var raw = Raw.map
    /// Whether the sign of the oracle's map is LAPACK's.
    var hasArbitrarySign = false
    enum Raw { case map, weights, none }
    var testDescription: String { golden }
  }

  static let cases: [Case] = [
    Case(golden: "cam", method: "cam"),
    Case(golden: "gradcam", method: "grad-cam"),
    Case(golden: "gradcam++", method: "grad-cam++", options: ["epsilon": "0.000001"]),
    Case(golden: "gradcam++_noeps", method: "grad-cam++"),
    Case(golden: "xgradcam", method: "xgrad-cam"),
    Case(golden: "layercam", method: "layer-cam"),
    Case(golden: "hirescam", method: "hires-cam"),
    Case(golden: "elementwise", method: "elementwise-grad-cam"),
    Case(golden: "ablation_logit", method: "ablation-cam", options: ["denominator": "literal"]),
    Case(
      golden: "ablation_prob", method: "ablation-cam", options: ["denominator": "literal"], score: .softmax),
    Case(
      golden: "ablation_spatial_logit", method: "spatial-ablation-cam", options: ["denominator": "literal"],
      raw: .weights),
    Case(
      golden: "ablation_spatial_prob", method: "spatial-ablation-cam", options: ["denominator": "literal"],
      score: .softmax, raw: .weights),
    Case(golden: "scorecam", method: "score-cam"),
    Case(golden: "eigencam", method: "eigen-cam", options: ["centre": "yes"], hasArbitrarySign: true),
    Case(golden: "eigencam_uncentered", method: "eigen-cam", hasArbitrarySign: true),
    Case(golden: "eigengradcam", method: "eigen-grad-cam", hasArbitrarySign: true),
    Case(golden: "fullgrad", method: "full-grad"),
  ]

  @Test("weights, scores and maps agree", arguments: GoldenNet.names, cases)
  func agrees(_ net: String, _ test: Case) throws {
    let golden = try GoldenNet(net)
    let explainer = Explainer(try Network(golden.graph))
    let input = try golden.input()
    let type = try #require(CAMCatalog.method(named: test.method))
    let method = try type.init(MethodArguments(for: type, test.options))
    var compared = 0
    for layer in golden.layers {
      for classIndex in golden.classes {
        let path = "\(layer)/\(classIndex)/\(test.golden)/"
        guard let raw = golden.numbers(path + "raw") else { continue }
        let request = ExplanationRequest(
          method, layers: [try golden.layer(layer)], score: Score(test.score, classIndex: classIndex))
        let found = try explainer.explain(input, request)
        var signed = found.signedMap.values
        if test.hasArbitrarySign, zip(signed, raw).reduce(0, { $0 + $1.0 * $1.1 }) < 0 {
          signed = signed.map { -$0 }
        }
        switch test.raw {
        case .map: expectClose(signed, raw, "\(path)raw")
        case .weights: expectClose(found.weights ?? [], raw, "\(path)raw")
        case .none: break
        }
        if let weights = golden.numbers(path + "weights") {
          expectClose(found.weights ?? [], weights, "\(path)weights")
        }
        if let scores = golden.numbers(path + "scores") {
          expectClose(found.unitScores?.map { Float($0) } ?? [], scores, "\(path)scores")
        }
        compared += 1
      }
    }
    if test.golden != "cam" { #expect(compared == golden.layers.count * golden.classes.count) }
  }

  @Test("maps, logits and gradients agree", arguments: GoldenNet.names)
  func basics(_ net: String) throws {
    let golden = try GoldenNet(net)
    let explainer = Explainer(try Network(golden.graph))
    let input = try golden.input()
    for layer in golden.layers {
      let probe = try explainer.probe(input, at: try golden.layer(layer))
      expectClose(probe.maps.tensor.values, try #require(golden.numbers("\(layer)/activations")), layer)
      expectClose(probe.logits.map { Float($0) }, try #require(golden.numbers("logits")), "logits")
      for classIndex in golden.classes {
        let gradient = try probe.gradient(of: Score(.logit, classIndex: classIndex))
        let path = "\(layer)/\(classIndex)/gradient"
        expectClose(gradient.tensor.values, try #require(golden.numbers(path)), path)
      }
    }
  }

  @Test("the display pipeline of the peer is max(map), min-max, resize, min-max", arguments: GoldenNet.names)
  func display(_ net: String) throws {
    let golden = try GoldenNet(net)
    let explainer = Explainer(try Network(golden.graph))
    let input = try golden.input()
    let layer = try #require(golden.layers.first)
    let classIndex = try #require(golden.classes.first)
    let method = try GradCAM(MethodArguments(for: GradCAM.self))
    let found = try explainer.explain(
      input,
      ExplanationRequest(
        method, layers: [try golden.layer(layer)], score: Score(.logit, classIndex: classIndex)))
    let final = try #require(golden.numbers("\(layer)/\(classIndex)/gradcam/final"))
    let scaled = Normalization.minmax(found.map).resized(height: input.shape[2], width: input.shape[3])
    expectClose(Normalization.minmax(scaled).values, final, "final")
  }
}
