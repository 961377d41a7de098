/// What a method found, before the steps that all methods share.
package struct Attribution: Sendable {
  /// The form of the finding.
  package enum Form: Sendable {
    /// The map is the sum of the layer's maps, each times its weight.
    case weights([Float])
    /// The map is the sum of these maps.
    case contributions(FeatureMaps)
    /// The map itself.
    case map(SaliencyMap)
    /// A signed picture `[3, H, W]` and the map that stands for it.
    case picture(Tensor, SaliencyMap)
  }

  /// The finding.
  package var form: Form
  /// One number for each unit that was weighed: channels, or positions for spatial methods.
  package var weights: [Float]?
  /// What the units are.
  package var unit: AblationUnit
  /// The score without each unit, where units were taken away.
  package var unitScores: [Double]?
  /// How the tail was run, where it was.
  package var strategy: AblationStrategy?
  /// The other classes whose scores count, where the method chose them.
  package var rivals: [Int] = []
  /// What a reader must know.
  package var warnings: [ExplanationWarning] = []

  /// A finding.
  package init(
    _ form: Form, weights: [Float]? = nil, unit: AblationUnit = .channel, unitScores: [Double]? = nil,
    strategy: AblationStrategy? = nil, warnings: [ExplanationWarning] = []
  ) {
    self.form = form
    if case .weights(let values) = form { self.weights = weights ?? values } else { self.weights = weights }
    self.unit = unit
    self.unitScores = unitScores
    self.strategy = strategy
    self.warnings = warnings
  }
}

extension Attribution {
  /// The map before any activation: the sum over channels where the form is one of channels.
  func sum(of maps: FeatureMaps) -> SaliencyMap {
    switch form {
    case .weights(let weights): maps.weightedSum(weights)
    case .contributions(let contributions): contributions.sum
    case .map(let map), .picture(_, let map): map
    }
  }

  /// The leading component of the summands in place of their sum; nil where the form is not a sum over channels.
  func principalComponent(of maps: FeatureMaps, interrupt: InterruptFlag) throws -> SaliencyMap? {
    switch form {
    case .weights(let weights):
      try PrincipalComponent.projection(
        of: maps.scaled(by: weights), isCentred: true, interrupt: interrupt)
    case .contributions(let contributions):
      try PrincipalComponent.projection(of: contributions, isCentred: true, interrupt: interrupt)
    case .map, .picture: nil
    }
  }
}

extension Probe {
  /// The mean of each channel's gradient as its weight, with what a person must know to read them; `curvature` is taken
  /// off with its factor.
  ///
  /// Zero where only rounding is left of what cancels in every channel: scaled, that would look like a map.
  func meanGradients(
    _ gradient: FeatureMaps, minus factor: Double = 0, of curvature: FeatureMaps? = nil
  ) -> (means: [Double], warnings: [ExplanationWarning]) {
    var means = gradient.channelMeans
    var most = gradient.greatestMeanMagnitude
    if let curvature {
      for (channel, mean) in curvature.channelMeans.enumerated() { means[channel] -= factor * mean }
      most = max(most, factor * curvature.greatestMeanMagnitude)
    }
    guard most > 0, means.allSatisfy({ abs($0) <= Self.rounding * most }) else { return (means, []) }
    return (means.map { _ in 0 }, [.gradientsCancel(layer: tail.layerName)])
  }

  /// What single precision leaves of numbers that add up to nothing, as a share of them.
  private static let rounding = 1e-5
}

/// What is taken away from a layer.
package enum AblationUnit: String, Sendable, Hashable, CaseIterable {
  /// One channel at all positions.
  case channel
  /// One position in all channels.
  case spatial
}
