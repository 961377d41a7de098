/// Every way to explain; help, completion, comparison and tests all read this list.
package enum CAMCatalog {
  /// The methods in the order in which lists show them.
  package static let all: [any CAMMethod.Type] = [
    ClassActivationMap.self, GradCAM.self, GradCAMPlusPlus.self, SmoothGradCAMPlusPlus.self, XGradCAM.self,
    LayerCAM.self, HiResCAM.self, ElementwiseGradCAM.self, AblationCAM.self, SpatialAblationCAM.self,
    ZeroImageCAM.self, ScoreCAM.self, SmoothedScoreCAM.self, IntegratedScoreCAM.self, GroupCAM.self,
    ReciproCAM.self, FastAblationCAM.self, AblationCAMPlusPlus.self, EigenCAM.self, EigenGradCAM.self,
    KernelPCACAM.self, FeatureExplanation.self, FullGrad.self, ShapleyCAM.self, FinerCAM.self, RefineCAM.self,
    GuidedBackprop.self, GuidedGradCAM.self, GuidedAblationCAM.self, RandomCAM.self,
  ]

  /// The method of a name, in any case.
  package static func method(named name: String) -> (any CAMMethod.Type)? {
    let lowered = name.lowercased()
    return all.first { $0.name == lowered }
  }
}
