/// How much of the probability is lost where only the explanation is seen (Chattopadhay et al., 2018).
package enum AverageDrop: Metric {
  package static let name = "drop"
  package static let summary = "percent of the probability that is lost where only the explanation is seen"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) throws -> Double? {
    let seen = try judge.explanationScore(.softmax)
    return judge.value(.softmax) > 0
      ? 100 * max(0, judge.value(.softmax) - seen) / judge.value(.softmax) : nil
  }
}

/// Whether the probability grows where only the explanation is seen.
package enum ConfidenceIncrease: Metric {
  package static let name = "increase"
  package static let summary =
    "percent of the pictures whose probability grows where only the explanation is seen"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    try judge.explanationScore(.softmax) > judge.value(.softmax) ? 100 : 0
  }
}

/// How much of what the probability lacks to one is gained where only the explanation is seen (Zhang et al., Opti-CAM, 2024).
package enum AverageGain: Metric {
  package static let name = "gain"
  package static let summary =
    "percent of what the probability lacks to 1 that is gained where only the explanation is seen"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    let room = 1 - judge.value(.softmax)
    return room > 0 ? 100 * max(0, try judge.explanationScore(.softmax) - judge.value(.softmax)) / room : 0
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
