/// How the probability changes while pixels turn into what their neighbours make of them (Rong et al., ROAD, 2022).
private enum Removal {
  /// The mean over nine shares of the pixels: the probability without them less that of the whole picture.
  static func meanChange(_ scores: [Double], of judge: MapJudge) -> Double {
    scores.reduce(0, +) / Double(max(scores.count, 1)) - judge.value(judge.probability)
  }
}

/// What is lost where the hottest pixels go.
package enum HottestRemoved: Metric {
  package static let name = "road-morf"
  package static let summary =
    "change of the probability where the hottest pixels are filled in from their neighbours, mean over 90 to 10 percent of the pixels (most relevant first)"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) throws -> Double? {
    Removal.meanChange(try judge.removalScores().hottest, of: judge)
  }
}

/// What is lost where the coldest pixels go.
package enum ColdestRemoved: Metric {
  package static let name = "road-lerf"
  package static let summary =
    "change of the probability where the coldest pixels are filled in from their neighbours, mean over 90 to 10 percent of the pixels (least relevant first)"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    Removal.meanChange(try judge.removalScores().coldest, of: judge)
  }
}

/// Half of what the coldest pixels matter less than the hottest.
package enum RemoveAndDebias: Metric {
  package static let name = "road"
  package static let summary = "half of road-lerf - road-morf, -0.5 to 0.5 (ROAD combined)"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    guard let coldest = try ColdestRemoved.value(of: judge), let hottest = try HottestRemoved.value(of: judge)
    else { return nil }
    return (coldest - hottest) / 2
  }
}

/// The harmonic mean of coherency, simplicity and ROAD (the measure of RefineCAM, arXiv:2605.14641).
package enum ARCC: Metric {
  package static let name = "arcc"
  package static let summary = "harmonic mean of coherency, 1 - complexity and 2 road cut to 0...1"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    guard let coherency = try Coherency.value(of: judge), let complexity = Complexity.value(of: judge),
      let road = try RemoveAndDebias.value(of: judge)
    else { return nil }
    let terms = [coherency, 1 - complexity, min(max(2 * road, 0), 1)]
    return 3 / terms.reduce(0) { $0 + 1 / ($1 + 1e-8) }
  }
}
