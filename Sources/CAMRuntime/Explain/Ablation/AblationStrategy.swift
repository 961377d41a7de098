/// How the scores without each unit are computed; all are exact.
package enum AblationStrategy: String, Sendable, CaseIterable {
  /// The tail is affine: all drops from one small matrix product.
  case closedForm = "closed form"
  /// The tail is channel-local up to a linear layer: all its changes cost one pass of that layer.
  case linearDelta = "first-linear delta"
  /// The tail begins with convolutions: each unit is a thin update of their values.
  case convolutionDelta = "first-convolution delta"
  /// The tail is run on batches of edited maps.
  case editedTail = "edited-tail batch"
  /// The plain loop: the whole network once for each unit.
  case naive = "naive loop"
}

/// What a person may ask for.
package enum StrategyChoice: String, Sendable, CaseIterable {
  /// The cheapest exact way.
  case auto
  /// The plain loop, as an oracle and for benchmarks.
  case naive
}

/// What stands in the place of what was taken away.
package enum AblationBaseline: String, Sendable, Hashable, CaseIterable {
  /// Zero (the paper).
  case zero
  /// The mean of the channel over positions.
  case mean
  /// The least value of the channel.
  case min

  /// The value that each channel gets.
  package func values(of maps: FeatureMaps) -> [Float] {
    switch self {
    case .zero: Array(repeating: 0, count: maps.channels)
    case .mean: maps.channelMeans.map { Float($0) }
    case .min: maps.channelMinima
    }
  }
}
