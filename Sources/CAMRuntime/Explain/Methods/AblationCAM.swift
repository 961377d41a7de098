/// How a drop becomes a weight.
package enum AblationWeight: String, Sendable, CaseIterable {
  /// The drop divided by the score.
  case fraction
  /// The drop divided by the Euclidean norm of the unit's values.
  case slopeL2 = "slope-l2"
  /// The drop divided by the sum of magnitudes of the unit's values.
  case slopeL1 = "slope-l1"
  /// The drop itself.
  case drop
}

/// What a drop is divided by.
package enum AblationDenominator: String, Sendable, CaseIterable {
  /// The score's magnitude, so that a drop stays a drop.
  case abs
  /// The score as in the paper, its sign included.
  case literal
}

/// The options of methods that take units away.
package struct AblationOptions: Sendable {
  package var unit: AblationUnit
  package var baseline: AblationBaseline
  package var weight: AblationWeight
  package var denominator: AblationDenominator
  package var strategy: AblationStrategy?
  package var compatibility: Compatibility?

  static func parameters(unit: AblationUnit) -> [MethodParameter] {
    [
      MethodParameter(
        "ablate", .choice(AblationUnit.allCases.map(\.rawValue), default: unit.rawValue), "what is taken away"
      ),
      MethodParameter(
        "baseline", .choice(AblationBaseline.allCases.map(\.rawValue), default: "zero"),
        "what stands in its place"),
      MethodParameter(
        "weight", .choice(AblationWeight.allCases.map(\.rawValue), default: "fraction"),
        "how a drop becomes a weight"),
      MethodParameter(
        "denominator", .choice(AblationDenominator.allCases.map(\.rawValue), default: "abs"),
        "what a fraction is of"),
      MethodParameter(
        "strategy", .choice(StrategyChoice.allCases.map(\.rawValue), default: "auto"),
        "the fastest exact way, or the plain loop"),
    ]
  }

  init(_ arguments: MethodArguments) throws(ExplainError) {
    unit = AblationUnit(rawValue: try arguments.choice("ablate")) ?? .channel
    baseline = AblationBaseline(rawValue: try arguments.choice("baseline")) ?? .zero
    weight = AblationWeight(rawValue: try arguments.choice("weight")) ?? .fraction
    denominator = AblationDenominator(rawValue: try arguments.choice("denominator")) ?? .abs
    strategy = try arguments.choice("strategy") == "naive" ? .naive : nil
    compatibility = arguments.compatibility
  }
}

/// Channels weighted by how much the score drops without them.
package struct AblationCAM: CAMMethod {
  package static let name = "ablation-cam"
  package static let summary = "channels weighted by how much the score drops without them"
  package static let formula =
    "w_k = (s - s_k) / |s|, s_k = score with channel k at its baseline,  map = sum_k w_k A_k"
  package static let paper =
    "Desai and Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free Localization, WACV 2020"
  package static let compatibilities: [Compatibility] = [.work001, .work003, .work004]
  package static let needs: MethodNeeds = [.tail, .channelDrops]
  package static let parameters = AblationOptions.parameters(unit: .channel)
  private let options: AblationOptions

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    options = try AblationOptions(arguments)
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    try AblationAttribution(options: options, probe: probe, score: score).attribution()
  }
}

/// Positions weighted by how much the score drops without them.
package struct SpatialAblationCAM: CAMMethod {
  package static let name = "spatial-ablation-cam"
  package static let summary = "positions weighted by how much the score drops without them"
  package static let formula =
    "w_ij = (s - s_ij) / |s|, s_ij = score with all channels at their baselines at ij,  map_ij = w_ij sum_k A_kij"
  package static let paper = "the spatial variant of a reproduction of Ablation-CAM (reference work 004)"
  package static let compatibilities: [Compatibility] = [.work004]
  package static let needs: MethodNeeds = [.tail, .drops]
  package static let parameters = AblationOptions.parameters(unit: .spatial)
  private let options: AblationOptions

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    options = try AblationOptions(arguments)
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    try AblationAttribution(options: options, probe: probe, score: score).attribution()
  }
}

/// The drop of each position as the map itself.
package struct FastAblationCAM: CAMMethod {
  package static let name = "fast-ablation-cam"
  package static let summary = "the drop of each position is the map"
  package static let formula = "map_ij = s - s_ij, s_ij = score with all channels zero at ij"
  package static let paper = "FastAblationCAM, a public variant of Ablation-CAM over positions"
  package static let needs: MethodNeeds = [.tail, .drops]
  package static let parameters = AblationOptions.parameters(unit: .spatial).filter {
    $0.name == "baseline" || $0.name == "strategy"
  }
  private let baseline: AblationBaseline
  private let strategy: AblationStrategy?

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    baseline = AblationBaseline(rawValue: try arguments.choice("baseline")) ?? .zero
    strategy = try arguments.choice("strategy") == "naive" ? .naive : nil
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let deltas = try probe.unitDeltas(.spatial, baseline: baseline, strategy: strategy)
    let drops = try probe.scoreDrops(of: score, from: deltas)
    let value = probe.value(of: score)
    let map = SaliencyMap(
      height: probe.maps.height, width: probe.maps.width, values: drops.map { Float($0) })
    return Attribution(
      .map(map), weights: map.values, unit: .spatial, unitScores: drops.map { value - $0 },
      strategy: deltas.strategy)
  }
}
