/// The first component of kernel PCA over positions.
package struct KernelPCACAM: CAMMethod {
  package static let name = "kpca-cam"
  package static let summary = "first component of kernel PCA over the activations"
  package static let formula =
    "map = first component of kernel PCA of positions x, y (each channel less its mean), "
    + "kernel tanh(gamma <x, y> + 1), gamma = 1 / channels"
  package static let paper =
    "Karmani et al., KPCA-CAM: Visual Explainability of Deep Computer Vision Models using Kernel PCA, 2024 (arXiv:2410.00267)"
  package static let needs: MethodNeeds = .activations
  package static let disregards: MethodSubjects = [.classes, .scores]
  package static let parameters = [
    MethodParameter("gamma", .number(0...1_000_000, default: 0), "the kernel's factor; 0 for 1 / channels")
  ]
  private let gamma: Double

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    gamma = try arguments.number("gamma")
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let factor = gamma > 0 ? gamma : 1 / Double(probe.maps.channels)
    return Attribution(
      .map(
        try PrincipalComponent.kernelProjection(
          of: probe.maps, gamma: factor, interrupt: probe.network.options.interrupt)))
  }
}
