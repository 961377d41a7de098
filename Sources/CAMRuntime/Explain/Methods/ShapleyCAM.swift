/// Shapley values of channels as weights: to second order, or sampled.
package struct ShapleyCAM: CAMMethod {
  package static let name = "shapley-cam"
  package static let summary = "Shapley values of the channels to second order"
  package static let formula =
    "w_k = mean_ij (g - H A / 2)_kij, H = second derivative of s at the layer; s = logit + log-probability   "
    + "(values=sampled: w_k = mean over orders of s(channels up to k) - s(channels before k), the others zero)"
  package static let paper =
    "Cai, CAMs as Shapley Value-based Explainers, The Visual Computer 2025 (arXiv:2501.06261)"
  package static let needs: MethodNeeds = [.gradient, .tail]
  package static let defaults = MethodDefaults(score: .rest)
  package static let parameters = [
    MethodParameter(
      "values", .choice(["second-order", "sampled"], default: "second-order"), "how the values are found"),
    MethodParameter(
      "permutations", .integer(1...100_000, default: 16), "orders of the channels that are sampled"),
  ]
  private let sampled: SampledShapleyValues?

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    let permutations = try arguments.integer("permutations")
    sampled =
      try arguments.choice("values") == "sampled"
      ? SampledShapleyValues(permutations: permutations, seed: arguments.seed) : nil
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    if let sampled {
      let (values, strategy) = try sampled.values(of: score, in: probe)
      return Attribution(.weights(values.map { Float($0) }), strategy: strategy)
    }
    let (means, warnings) = probe.meanGradients(
      try probe.gradient(of: score), minus: 0.5, of: try probe.curvatureAlongMaps(of: score))
    return Attribution(.weights(means.map { Float($0) }), warnings: warnings)
  }
}
