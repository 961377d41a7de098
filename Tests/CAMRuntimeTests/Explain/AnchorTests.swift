import CAMRuntime
import TestSupport
import Testing

/// Two nets small enough to be computed by hand, against numbers of several implementations.
@Suite("methods against the anchors", .enabled(if: SharedFiles.isPresent, "needs ../shared/golden"))
struct AnchorTests {
  struct Case: CustomTestStringConvertible {
    let anchor: String
    let method: String
    var options: [String: String] = [:]
    var score = Score.Kind.logit
    var compatibility: Compatibility?
    var read = Read.weights
    enum Read { case weights, map, signedMap, unitScores, shownUpToSign }
    var testDescription: String { anchor }
  }

  static let literal = ["denominator": "literal"]
  static let cases: [Case] = [
    Case(anchor: "gradcam_w", method: "grad-cam"),
    Case(anchor: "gradcam", method: "grad-cam", read: .map),
    Case(anchor: "hirescam_noReLU", method: "hires-cam", read: .signedMap),
    Case(anchor: "elementwise", method: "elementwise-grad-cam", read: .signedMap),
    Case(anchor: "layercam", method: "layer-cam", read: .signedMap),
    Case(anchor: "gradcampp_w_pgc", method: "grad-cam++", compatibility: .pytorchGradCAM),
    Case(anchor: "gradcampp_pgc", method: "grad-cam++", compatibility: .pytorchGradCAM, read: .map),
    Case(anchor: "xgrad_w", method: "xgrad-cam"),
    Case(anchor: "ablation_logit_w", method: "ablation-cam", options: literal),
    Case(anchor: "ablation_logit_yk", method: "ablation-cam", read: .unitScores),
    Case(anchor: "ablation_logit_cam", method: "ablation-cam", read: .map),
    Case(anchor: "ablation_softmax_w", method: "ablation-cam", score: .softmax),
    Case(anchor: "ablation_softmax_yk", method: "ablation-cam", score: .softmax, read: .unitScores),
    Case(anchor: "ablation_softmax_cam", method: "ablation-cam", score: .softmax, read: .map),
    Case(anchor: "ablation_sigmoid_w", method: "ablation-cam", score: .sigmoid),
    Case(anchor: "ablation_sigmoid_cam", method: "ablation-cam", score: .sigmoid, read: .map),
    Case(anchor: "ablation_slope_l2_w", method: "ablation-cam", options: ["weight": "slope-l2"]),
    Case(anchor: "ablation_slope_l1_w", method: "ablation-cam", options: ["weight": "slope-l1"]),
    Case(anchor: "ablation_drop_w", method: "ablation-cam", options: ["weight": "drop"]),
    Case(anchor: "ablation_meanbaseline_logit_w", method: "ablation-cam", options: ["baseline": "mean"]),
    Case(anchor: "spatial_softmax_w", method: "spatial-ablation-cam", score: .softmax),
    Case(anchor: "spatial_softmax_cam", method: "spatial-ablation-cam", score: .softmax, read: .map),
    Case(
      anchor: "spatial_softmax_w_seed004_quirk", method: "spatial-ablation-cam", score: .softmax,
      compatibility: .work004),
    Case(
      anchor: "spatial_softmax_cam_seed004_quirk", method: "spatial-ablation-cam", score: .softmax,
      compatibility: .work004, read: .map),
    Case(
      anchor: "channel_softmax_w_seed004_quirk", method: "ablation-cam", score: .softmax,
      compatibility: .work004),
    Case(anchor: "fastablation_logit_drop", method: "fast-ablation-cam", read: .signedMap),
    Case(anchor: "zeroimage_mean", method: "zero-image-cam", read: .map),
    Case(anchor: "zeroimage_eps_mean", method: "zero-image-cam", compatibility: .work003, read: .map),
    Case(anchor: "seed001_cifar_map", method: "ablation-cam", compatibility: .work001, read: .signedMap),
    Case(anchor: "seed000_xception_map", method: "ablation-cam", compatibility: .work003, read: .signedMap),
    Case(
      anchor: "recipro_nogauss_softmax", method: "recipro-cam", options: ["window": "point"], score: .softmax,
      read: .signedMap),
    Case(anchor: "recipro_gauss_softmax", method: "recipro-cam", score: .softmax, read: .signedMap),
    Case(anchor: "scorecam_pgc_scores", method: "score-cam", read: .unitScores),
    Case(anchor: "scorecam_pgc_w", method: "score-cam"),
    Case(
      anchor: "eigen_proj_centered(sign ambiguous)", method: "eigen-cam", options: ["centre": "yes"],
      read: .shownUpToSign),
    Case(anchor: "eigen_uncentered", method: "eigen-cam", read: .shownUpToSign),
    Case(anchor: "shapley_w", method: "shapley-cam"),
  ]

  private static func explain(_ net: AnchorNet, _ test: Case) throws -> Explanation {
    let type = try #require(CAMCatalog.method(named: test.method))
    let arguments = MethodArguments(for: type, test.options, compatibility: test.compatibility)
    let request = ExplanationRequest(
      try type.init(arguments), layers: [net.layer], score: Score(test.score, classIndex: net.classIndex),
      compatibility: test.compatibility)
    return try Explainer(try Network(net.graph)).explain(net.input, request)
  }

  @Test("weights and maps agree", arguments: ["gap", "mlp"], cases)
  func agrees(_ name: String, _ test: Case) throws {
    let net = try AnchorNet(name)
    let found = try Self.explain(net, test)
    let reference = try net.values(test.anchor)
    switch test.read {
    case .weights: expectClose(found.weights ?? [], reference, within: 2e-5, floor: 0.02)
    case .map: expectClose(found.map.values, reference, within: 2e-5)
    case .signedMap: expectClose(found.signedMap.values, reference, within: 2e-5)
    case .unitScores: expectClose(found.unitScores?.map { Float($0) } ?? [], reference, within: 2e-5)
    case .shownUpToSign:
      let values = found.signedMap.values
      let sign: Float = zip(values, reference).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1 : 1
      expectClose(values.map { sign * $0 }, reference, within: 2e-5)
    }
  }

  static let peers: [(key: String, method: String, score: Score.Kind)] = [
    ("gradcam", "grad-cam", .logit), ("hirescam", "hires-cam", .logit),
    ("elementwise", "elementwise-grad-cam", .logit), ("gradcampp", "grad-cam++", .logit),
    ("xgrad", "xgrad-cam", .logit), ("layercam", "layer-cam", .logit), ("ablation", "ablation-cam", .logit),
    ("ablation_softmax", "ablation-cam", .softmax), ("eigen", "eigen-cam", .logit),
    ("eigengrad", "eigen-grad-cam", .logit), ("scorecam", "score-cam", .logit), ("fem", "fem", .logit),
    ("kpca", "kpca-cam", .logit), ("shapley", "shapley-cam", .logit),
  ]

  @Test("shown maps agree with pytorch-grad-cam's", arguments: ["gap", "mlp"], peers.map(\.key))
  func agreesWithPeer(_ name: String, _ key: String) throws {
    let net = try AnchorNet(name)
    let peer = try #require(Self.peers.first { $0.key == key })
    // The peer fails on this net; its message stands where the numbers would.
    if name == "mlp", key == "shapley" { return }
    let found = try Self.explain(
      net, Case(anchor: key, method: peer.method, score: peer.score, compatibility: .pytorchGradCAM))
    let reference = try net.peerMap(key)
    // The peer scales, resizes and scales again; its singular vectors may point the other way.
    func shown(_ map: SaliencyMap) -> [Float] {
      let scaled = Normalization.minmax(FinalActivation.relu(map)).resized(height: 6, width: 6)
      return Normalization.minmax(scaled).values
    }
    let ahead = shown(found.signedMap)
    let behind = shown(found.signedMap.map { -$0 })
    let isTurned =
      ["eigen", "eigengrad", "kpca"].contains(key) && gap(behind, reference) < gap(ahead, reference)
    expectClose(isTurned ? behind : ahead, reference, within: 5e-5, "\(key)")
  }

  private func gap(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("drops of the linear net are the exact Shapley values of its channels")
  func shapleyValues() throws {
    let net = try AnchorNet("gap")
    let found = try Self.explain(net, Case(anchor: "", method: "ablation-cam", options: ["weight": "drop"]))
    expectClose(found.weights ?? [], try net.values("exact_shapley_channels_logit"), within: 2e-5)
  }
}
