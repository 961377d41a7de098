/// Gradients weighted by each channel's share of activation.
package struct XGradCAM: CAMMethod {
  package static let name = "xgrad-cam"
  package static let summary = "gradients weighted by each position's share of its channel"
  package static let formula = "w_k = sum_ij g_kij A_kij / (sum_ij A_kij + 1e-7),  map = sum_k w_k A_k"
  package static let paper =
    "Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC 2020 (arXiv:2008.02312)"
  package static let needs: MethodNeeds = .gradient

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let products = try probe.gradient(of: score).combined(with: probe.maps, *)
    let weights = zip(products.channelSums, probe.maps.channelSums).map { Float($0 / ($1 + 1e-7)) }
    return Attribution(.weights(weights))
  }
}
