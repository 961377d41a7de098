/// How much of the probability is lost where only the explanation is seen (Chattopadhay et al., 2018).
package enum AverageDrop: Metric {
  package static let name = "drop"
  package static let summary = "percent of the probability that is lost where only the explanation is seen"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) throws -> Double? {
    let seen = try judge.explanationScore(judge.probability)
    return judge.value(judge.probability) > 0
      ? 100 * max(0, judge.value(judge.probability) - seen) / judge.value(judge.probability) : nil
  }
}

/// Whether the probability grows where only the explanation is seen.
package enum ConfidenceIncrease: Metric {
  package static let name = "increase"
  package static let summary =
    "percent of the pictures whose probability grows where only the explanation is seen"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    try judge.explanationScore(judge.probability) > judge.value(judge.probability) ? 100 : 0
  }
}

/// How much of what the probability lacks to one is gained where only the explanation is seen (Zhang et al., Opti-CAM, 2024).
package enum AverageGain: Metric {
  package static let name = "gain"
  package static let summary =
    "percent of what the probability lacks to 1 that is gained where only the explanation is seen"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    let whole = judge.value(judge.probability)
    let seen = try judge.explanationScore(judge.probability)
    return whole < 1 ? 100 * max(0, seen - whole) / (1 - whole) : 0
  }
}

/// The drop of the class's logit: the Ablation-CAM paper's second measure.
package enum LogitDrop: Metric {
  package static let name = "logit-drop"
  package static let summary = "percent of the logit that is lost where only the explanation is seen"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) throws -> Double? {
    guard judge.value(.logit) > 0 else { return nil }
    return 100 * max(0, judge.value(.logit) - (try judge.explanationScore(.logit))) / judge.value(.logit)
  }
}

/// Whether the class's logit grows where only the explanation is seen.
package enum LogitIncrease: Metric {
  package static let name = "logit-increase"
  package static let summary = "percent of the pictures whose logit grows where only the explanation is seen"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    guard judge.value(.logit) > 0 else { return nil }
    return try judge.explanationScore(.logit) > judge.value(.logit) ? 100 : 0
  }
}
