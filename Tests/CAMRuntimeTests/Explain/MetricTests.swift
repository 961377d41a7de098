import CAMRuntime
import Foundation
import TestSupport
import Testing

/// Metrics against numbers that were computed in double precision by other hands (`anchors/anchors_metrics.json`).
@Suite("metrics", .enabled(if: SharedFiles.directory != nil)) struct MetricTests {
  private let net: AnchorNet
  private let numbers: [String: Any]
  private let map: SaliencyMap

  init() throws {
    net = try AnchorNet("mlp")
    let data = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.golden("anchors/anchors_metrics.json")))
    numbers = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let rows = try #require(numbers["map6"] as? [[Double]])
    map = SaliencyMap(height: 6, width: 6, values: rows.flatMap { $0.map(Float.init) })
  }

  /// A judge of the anchors' map: nothing seen is zero, and insertion starts from there too.
  private func judge(_ mask: ExplanationMask, map other: SaliencyMap? = nil) throws -> MapJudge {
    let explainer = Explainer(try Network(net.graph))
    let method = try #require(CAMCatalog.method(named: "layer-cam"))
    let request = ExplanationRequest(
      try method.init(MethodArguments(for: method)), layers: [net.layer],
      score: Score(.logit, classIndex: net.classIndex))
    return MapJudge(
      map: other ?? map, probe: try explainer.probe(net.input, at: net.layer), classIndex: net.classIndex,
      mask: mask, background: [0, 0, 0], blurs: false, steps: 6
    ) { try Explainer(try Network(net.graph)).explain($0, request).shown }
  }

  private func number(_ key: String, in part: String? = nil) throws -> Double {
    let object = try part.map { try #require(numbers[$0] as? [String: Any]) } ?? numbers
    return try #require(object[key] as? Double)
  }

  @Test("drops where the picture is seen as strongly as it is hot, and where its hottest pixels are")
  func drops() throws {
    let soft = try judge(.soft)
    #expect(abs(try #require(try AverageDrop.value(of: soft)) - number("avg_drop_conf_pct")) < 2e-3)
    #expect(abs(try #require(try LogitDrop.value(of: soft)) - number("avg_drop_act_pct")) < 2e-3)
    #expect(try ConfidenceIncrease.value(of: soft) == 0)
    for (mask, part) in [(ExplanationMask.top20, "top20"), (.top30, "top30"), (.top50, "top50")] {
      let found = try #require(try AverageDrop.value(of: judge(mask)))
      #expect(abs(found - (try number("drop_conf_pct", in: part))) < 2e-3, "\(part)")
    }
    #expect(try LogitIncrease.value(of: judge(.top20)) == 100)
  }

  @Test("areas under deletion and insertion")
  func curves() throws {
    let judge = try judge(.soft)
    #expect(abs(try #require(try Deletion.value(of: judge)) - number("deletion_auc")) < 1e-5)
    #expect(abs(try #require(try Insertion.value(of: judge)) - number("insertion_auc")) < 1e-5)
  }

  @Test("complexity, coherency and their mean with the drop")
  func shapes() throws {
    let judge = try judge(.soft)
    #expect(abs(try #require(Complexity.value(of: judge)) - number("complexity")) < 1e-5)
    #expect(abs(try #require(try Coherency.value(of: judge)) - number("coherency")) < 1e-5)
    #expect(abs(try #require(try ADCC.value(of: judge)) - number("adcc")) < 1e-5)
    let flat = try self.judge(.soft, map: SaliencyMap(height: 6, width: 6, repeating: 0))
    #expect(try Coherency.value(of: flat) == 0 && ADCC.value(of: flat) == 0)
  }
}
