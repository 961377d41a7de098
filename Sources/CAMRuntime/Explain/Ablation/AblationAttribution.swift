import Glibc

/// Turns the drops of units into weights and a map.
struct AblationAttribution {
  let options: AblationOptions
  let probe: Probe
  let score: Score

  func attribution() throws -> Attribution {
    let deltas = try probe.unitDeltas(
      options.unit, baseline: options.baseline, strategy: options.strategy)
    switch options.compatibility {
    case .work001, .work003: return try notebook(deltas)
    case .work004: return try reproduction(deltas)
    default: break
    }
    let value = probe.value(of: score)
    let (drops, found) = try probe.settledDrops(
      of: score, from: deltas, without: options.unit, baseline: options.baseline)
    var warnings = found
    let weights = try weights(of: drops, value: value, &warnings)
    var attribution = attribution(weights: weights)
    attribution.unitScores = drops.map { value - $0 }
    attribution.strategy = deltas.strategy
    attribution.warnings = warnings
    return attribution
  }

  /// Drops as weights in the form that was asked for.
  private func weights(
    of drops: [Double], value: Double, _ warnings: inout [ExplanationWarning]
  ) throws(ExplainError) -> [Float] {
    switch options.weight {
    case .drop: return drops.map { Float($0) }
    case .slopeL1, .slopeL2:
      return zip(drops, norms()).map { drop, norm in norm > 0 ? Float(drop / norm) : 0 }
    case .fraction:
      switch options.denominator {
      case .abs:
        if value <= 0 { warnings.append(.scoreNotPositive(score: value)) }
        let divisor = Swift.max(abs(value), 1e-12)
        return drops.map { Float($0 / divisor) }
      case .literal:
        guard value != 0 else { throw .scoreIsZero(classIndex: score.classIndex) }
        if value < 0 { warnings.append(.negativeScoreFlipsSigns(score: value)) }
        return drops.map { Float($0 / value) }
      }
    }
  }

  /// The size of each unit: its values' magnitudes added, or its Euclidean norm.
  private func norms() -> [Double] {
    let maps = probe.maps
    let isEuclidean = options.weight == .slopeL2
    var sums = [Double](repeating: 0, count: options.unit == .channel ? maps.channels : maps.positions)
    maps.tensor.withValues { values in
      for index in values.indices {
        let unit = options.unit == .channel ? index / maps.positions : index % maps.positions
        let value = Double(values[index])
        sums[unit] += isEuclidean ? value * value : abs(value)
      }
    }
    return isEuclidean ? sums.map { sqrt($0) } : sums
  }

  private func attribution(weights: [Float]) -> Attribution {
    switch options.unit {
    case .channel: return Attribution(.weights(weights))
    case .spatial:
      let sum = probe.maps.sum
      let map = SaliencyMap(
        height: sum.height, width: sum.width, values: zip(weights, sum.values).map { $0 * $1 })
      return Attribution(.map(map), weights: weights, unit: .spatial)
    }
  }

  /// Reference works 001 and 003: softmax scores and the mean over channels; 003 leaves the last channel ablated in the
  /// maps that it weighs, 001 cuts each weighted map at zero before the mean.
  private func notebook(_ deltas: UnitDeltas) throws -> Attribution {
    guard options.unit == .channel else {
      throw ExplainError.noQuirk(
        method: "spatial ablation", compatibility: options.compatibility?.rawValue ?? "")
    }
    let softmax = score.read(as: .softmax)
    let value = probe.value(of: softmax)
    guard value != 0 else { throw ExplainError.probabilityIsZero(classIndex: score.classIndex) }
    let drops = try probe.scoreDrops(of: softmax, from: deltas)
    // The score against a class is negative: what keeps it up keeps the sign of its drop.
    let weights = drops.map { Float($0 / abs(value)) }
    let channels = Float(probe.maps.channels)
    var scaled = weights.map { $0 / channels }
    let form: Attribution.Form
    let quirk: String
    if options.compatibility == .work001 {
      let products = probe.maps.scaled(by: scaled)
      form = .contributions(
        products.like { target in
          products.tensor.withValues { values in
            for index in target.indices { target[index] = Swift.max(values[index], 0) }
          }
        })
      quirk = "softmax scores; weighted maps cut at zero before the mean over channels"
    } else {
      scaled[scaled.count - 1] = 0
      form = .weights(scaled)
      quirk = "softmax scores; the mean over channels, the last of which is left ablated"
    }
    return Attribution(
      form, weights: weights, unitScores: drops.map { value - $0 }, strategy: deltas.strategy,
      warnings: [.quirk(quirk)])
  }

  /// Reference work 004: the score is a sigmoid, the scores without units are softmax (or as `score` says).
  private func reproduction(_ deltas: UnitDeltas) throws -> Attribution {
    let kind: Score.Kind = score.kind == .sigmoid ? .sigmoid : .softmax
    let value = probe.value(of: score.read(as: .sigmoid))
    let read = score.read(as: kind)
    let unchanged = probe.value(of: read)
    let scores = try probe.scoreDrops(of: read, from: deltas).map { unchanged - $0 }
    // The score against a class is negative: what keeps it up keeps the sign of its drop.
    let weights = scores.map { Float((value - $0) / (abs(value) + 1e-10)) }
    var attribution = attribution(weights: weights)
    attribution.unitScores = scores
    attribution.strategy = deltas.strategy
    attribution.warnings = [
      .quirk(
        "the score is a sigmoid, the scores without units are \(kind.rawValue); no scale, bytes wrap at 256")
    ]
    return attribution
  }
}

extension Probe {
  /// The drop of a score for each unit, zero where only rounding is left of it, and what a person must know to read them.
  package func settledDrops(
    of score: Score, from deltas: UnitDeltas, without unit: AblationUnit, baseline: AblationBaseline
  ) throws -> (drops: [Double], warnings: [ExplanationWarning]) {
    var drops = try scoreDrops(of: score, from: deltas)
    var warnings: [ExplanationWarning] = []
    if unit == .channel, baseline == .mean, readsMeansOnly(drops) {
      // Scaled, rounding would look like a map.
      drops = drops.map { _ in 0 }
      warnings.append(.meanBaselineUnderGlobalPooling(layer: tail.layerName))
    }
    if score.kind == .softmax || score.kind == .sigmoid, Float(value(of: score)) == 0 {
      warnings.append(.probabilityUnderflow(classIndex: score.classIndex))
    }
    return (drops, warnings)
  }

  /// Whether the mean baseline changes nothing, because only the channels' means are read behind the layer.
  private func readsMeansOnly(_ drops: [Double]) -> Bool {
    let scale = logits.reduce(1e-6) { Swift.max($0, abs($1)) }
    return drops.allSatisfy { abs($0) <= 1e-5 * scale } && (try? tail.pooledLinear()) != nil
  }
}
