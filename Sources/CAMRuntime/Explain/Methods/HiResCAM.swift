/// Gradients as weights of single positions.
package struct HiResCAM: CAMMethod {
  package static let name = "hires-cam"
  package static let summary = "gradient times activation, position by position"
  package static let formula = "map = sum_k g_k * A_k"
  package static let paper =
    "Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of CNNs, 2020 (arXiv:2011.08891)"
  package static let needs: MethodNeeds = .gradient

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    Attribution(.contributions(try probe.gradient(of: score).combined(with: probe.maps, *)))
  }
}
