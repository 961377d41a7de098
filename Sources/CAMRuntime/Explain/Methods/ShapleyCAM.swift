/// Second-order Shapley values of channels as weights.
package struct ShapleyCAM: CAMMethod {
  package static let name = "shapley-cam"
  package static let summary = "Shapley values of the channels to second order"
  package static let formula =
    "w_k = mean_ij (g - H A / 2)_kij, H = second derivative of s at the layer; s = logit + log-probability"
  package static let paper =
    "Cai, CAMs as Shapley Value-based Explainers, The Visual Computer 2025 (arXiv:2501.06261)"
  package static let needs: MethodNeeds = .gradient
  package static let defaults = MethodDefaults(score: .rest)

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let gradient = try probe.gradient(of: score).channelMeans
    let curvature = try probe.curvatureAlongMaps(of: score)
    let means = curvature?.channelMeans ?? Array(repeating: 0, count: gradient.count)
    return Attribution(.weights(zip(gradient, means).map { Float($0 - $1 / 2) }))
  }
}
