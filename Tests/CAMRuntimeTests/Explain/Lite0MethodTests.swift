import CAMRuntime
import ModelIO
import TestSupport
import Testing

/// The oracle's numbers of a trained net on photographs.
@Suite(
  "methods on EfficientNet-Lite0's photographs",
  .enabled(if: SharedFiles.isPresent && Lite0.weights != nil), .serialized)
struct Lite0MethodTests {
  @Test("weights, scores and maps agree with the oracle's", arguments: Lite0.photographs)
  func photographs(_ name: String) throws {
    let golden = try WeightFormatCatalog.read(path: SharedFiles.golden("lite0_\(name).golden.safetensors"))
    func numbers(_ key: String) -> [Float]? { golden[key].map { Array($0.floats()) } }
    let path = try #require(Lite0.weights)
    let model = try ModelLoader.model("efficientnet-lite0") { _ throws(ModelError) in path }
    let input = Tensor([1, 3, 224, 224], values: try #require(numbers("input")))
    let explainer = Explainer(try Network(model.graph))
    let classes = Set(
      golden.tensors.compactMap { tensor -> Int? in
        let parts = tensor.name.split(separator: "/")
        return parts.count > 2 && parts[0] == "_head_act" ? Int(parts[1]) : nil
      })
    #expect(!classes.isEmpty)
    var compared = 0
    for classIndex in classes.sorted() {
      // Score-CAM passes the whole net for every channel: once is enough.
      for test in GoldenMethodTests.cases where test.method != "score-cam" || name == "chelsea" {
        let path = "_head_act/\(classIndex)/\(test.golden)/"
        guard let raw = numbers(path + "raw") else { continue }
        let type = try #require(CAMCatalog.method(named: test.method))
        let method = try type.init(MethodArguments(for: type, test.options))
        let found = try explainer.explain(
          input,
          ExplanationRequest(
            method, layers: [model.defaultLayer], score: Score(test.score, classIndex: classIndex)))
        var signed = found.signedMap.values
        if test.hasArbitrarySign, zip(signed, raw).reduce(0, { $0 + $1.0 * $1.1 }) < 0 {
          signed = signed.map { -$0 }
        }
        switch test.raw {
        case .map: expectClose(signed, raw, path + "raw")
        case .weights: expectClose(found.weights ?? [], raw, path + "raw")
        case .none: break
        }
        if let weights = numbers(path + "weights") {
          expectClose(found.weights ?? [], weights, path + "weights")
        }
        compared += 1
      }
    }
    #expect(compared >= 12)
  }
}
