/// The mean gradient of each channel as its weight.
package struct GradCAM: CAMMethod {
  package static let name = "grad-cam"
  package static let summary = "mean gradient of each channel as its weight"
  package static let formula = "w_k = mean_ij ds/dA_kij,  map = sum_k w_k A_k"
  package static let paper =
    "Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017 (arXiv:1610.02391)"
  package static let compatibilities: [Compatibility] = [.work002, .work003]
  package static let needs: MethodNeeds = .gradient
  private let compatibility: Compatibility?

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    compatibility = arguments.compatibility
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let gradient = try probe.gradient(of: score)
    switch compatibility {
    case .work002:
      // Both masks: only positive gradients at positive activations.
      let guided = gradient.combined(with: probe.maps) { gradient, activation in
        gradient > 0 && activation > 0 ? gradient : 0
      }
      return Attribution(
        .weights(guided.channelMeans.map { Float($0) }),
        warnings: [.quirk("gradients masked by their own sign and the activation's")])
    case .work003:
      // The Keras example: the mean over channels in place of the sum.
      let channels = Double(probe.maps.channels)
      let (means, warnings) = probe.meanGradients(gradient)
      return Attribution(.weights(means.map { Float($0 / channels) }), warnings: warnings)
    default:
      let (means, warnings) = probe.meanGradients(gradient)
      return Attribution(.weights(means.map { Float($0) }), warnings: warnings)
    }
  }
}
