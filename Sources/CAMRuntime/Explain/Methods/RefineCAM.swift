/// The product of the maps of several layers.
package struct RefineCAM: CAMMethod {
  package static let name = "refine-cam"
  package static let summary = "the product of grad-cam++ maps of several layers"
  package static let formula =
    "map = product over layers of minmax(upsampled grad-cam++ of the layer), minmax again; at least two layers"
  package static let paper = "RefineCAM, 2026 (arXiv:2605.14641)"
  package static let needs: MethodNeeds = .gradient
  package static let defaults = MethodDefaults(normalization: .minmax)
  package static let fusion: LayerFusion = .product
  package static let minimumLayers = 2
  private let base: GradCAMPlusPlus

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    base = try GradCAMPlusPlus(MethodArguments(for: GradCAMPlusPlus.self))
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    try base.attribution(of: score, in: probe)
  }
}
