/// Gradient times activation, cut at zero before the sum.
package struct ElementwiseGradCAM: CAMMethod {
  package static let name = "elementwise-grad-cam"
  package static let summary = "gradient times activation, cut at zero before the sum"
  package static let formula = "map = sum_k relu(g_k * A_k)"
  package static let paper =
    "Pillai and Pirsiavash, Explainable Models with Consistent Interpretations, AAAI 2021; name as in pytorch-grad-cam"
  package static let needs: MethodNeeds = .gradient

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let products = try probe.gradient(of: score).combined(with: probe.maps) { max($0 * $1, 0) }
    return Attribution(.contributions(products))
  }
}
