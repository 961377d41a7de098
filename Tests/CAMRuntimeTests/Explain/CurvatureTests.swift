import CAMRuntime
import Foundation
import ModelIO
import TestSupport
import Testing

/// Second derivatives against PyTorch's, on the net of `Tests/Oracle/curvature.py`.
@Suite("second derivatives") struct CurvatureTests {
  @Test(
    "a tail that bends in every way gives shapley-cam PyTorch's weights",
    arguments: [Score.Kind.logit, .softmax, .sigmoid, .rest])
  func shapley(_ kind: Score.Kind) throws {
    let folder = "\(SharedFiles.checkout)/Tests/Fixtures/explain"
    let graph = try ModelLoader.model("\(folder)/bent-tail.onnx", options: ModelOptions()) {
      _ throws(ModelError) in ""
    }.graph
    let oracle = try WeightFormatCatalog.read(path: "\(folder)/bent-tail.safetensors")
    let label = Int(try #require(oracle["class"]).floats()[0])
    let layer = try #require(graph.node(named: "/Relu"))
    let method = try ShapleyCAM(MethodArguments(for: ShapleyCAM.self))
    let found = try Explainer(try Network(graph)).explain(
      Tensor(exactly: try #require(oracle["input"])),
      ExplanationRequest(method, layers: [layer], score: Score(kind, classIndex: label)))
    let wanted = Array(try #require(oracle[kind.rawValue]).floats())
    expectClose(found.weights ?? [], wanted, within: Tolerance.oracle, kind.rawValue)
  }
}
