/// The leading direction of the layer's activations; no class, no gradient.
package struct EigenCAM: CAMMethod {
  package static let name = "eigen-cam"
  package static let summary = "leading direction of the activations, whatever the class"
  package static let formula =
    "map = X v, X = positions x channels, v = first right singular vector, the stronger side positive"
  package static let paper =
    "Muhammad and Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020 (arXiv:2008.00299)"
  package static let needs: MethodNeeds = .activations
  package static let disregards: MethodSubjects = [.classes, .scores]
  package static let parameters = [
    MethodParameter(
      "centre", .choice(["no", "yes"], default: "no"), "take off each channel's mean first (pytorch-grad-cam)"
    )
  ]
  private let isCentred: Bool

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    let isGiven = arguments.values["centre"] != nil
    isCentred =
      !isGiven && arguments.compatibility == .pytorchGradCAM ? true : try arguments.choice("centre") == "yes"
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    Attribution(
      .map(
        try PrincipalComponent.projection(
          of: probe.maps, isCentred: isCentred, interrupt: probe.network.options.interrupt)))
  }
}
