/// Positive gradients as weights of single positions.
package struct LayerCAM: CAMMethod {
  package static let name = "layer-cam"
  package static let summary = "positive gradients as weights of single positions"
  package static let formula = "map = sum_k relu(g_k) * A_k   (several layers: maximum of tanh(2 map / max))"
  package static let paper =
    "Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE TIP 2021"
  package static let needs: MethodNeeds = .gradient
  package static let fusion: LayerFusion = .maximum

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let products = try probe.gradient(of: score).combined(with: probe.maps) { $0 > 0 ? $0 * $1 : 0 }
    return Attribution(.contributions(products))
  }
}
