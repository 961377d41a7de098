/// The leading direction of gradient times activation.
package struct EigenGradCAM: CAMMethod {
  package static let name = "eigen-grad-cam"
  package static let summary = "leading direction of gradient times activation"
  package static let formula = "eigen-cam of g * A, each channel's mean taken off"
  package static let paper =
    "Muhammad and Yeasin, Eigen-CAM, IJCNN 2020 (arXiv:2008.00299), with gradients as in pytorch-grad-cam"
  package static let needs: MethodNeeds = .gradient
  package static let parameters = [
    MethodParameter("centre", .choice(["yes", "no"], default: "yes"), "take off each channel's mean first")
  ]
  private let isCentred: Bool

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    isCentred = try arguments.choice("centre") == "yes"
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let products = try probe.gradient(of: score).combined(with: probe.maps, *)
    return Attribution(
      .map(
        try PrincipalComponent.projection(
          of: products, isCentred: isCentred, interrupt: probe.network.options.interrupt)))
  }
}
