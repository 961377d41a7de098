/// What is asked of a picture: which method at which layers for which score, and the shared options.
package struct ExplanationRequest: Sendable {
  /// The method with its own options.
  package var method: any CAMMethod
  /// The layers, at least one; several are fused.
  package var layers: [NodeID]
  /// The score that is explained.
  package var score: Score
  /// What is done to the summed map.
  package var activation: FinalActivation
  /// How the map is scaled.
  package var normalization: Normalization
  /// What makes the map less noisy.
  package var smoothing: Smoothing
  /// How several layers become one; nil for the method's own way.
  package var fusion: LayerFusion?
  /// The reference work whose quirks are on.
  package var compatibility: Compatibility?

  /// A request with the method's own defaults where nothing is said.
  package init(
    _ method: any CAMMethod, layers: [NodeID], score: Score, activation: FinalActivation? = nil,
    normalization: Normalization? = nil, smoothing: Smoothing = .none, fusion: LayerFusion? = nil,
    compatibility: Compatibility? = nil
  ) {
    let defaults = type(of: method).defaults
    self.method = method
    self.layers = layers
    self.score = score
    self.activation = activation ?? defaults.activation
    self.normalization = normalization ?? Self.normalization(of: compatibility) ?? defaults.normalization
    self.smoothing = smoothing
    self.fusion = fusion
    self.compatibility = compatibility
  }

  private static func normalization(of compatibility: Compatibility?) -> Normalization? {
    switch compatibility {
    case .work004: Normalization.none
    case .pytorchGradCAM: .minmax
    default: nil
    }
  }
}
