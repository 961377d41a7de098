/// How much of the picture is hot: the mean of the map from 0 to 1 (Poppi et al., ADCC, 2021).
package enum Complexity: Metric {
  package static let name = "complexity"
  package static let summary = "mean heat from 0 to 1: how much of the picture is needed"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) -> Double? {
    judge.map.values.reduce(0) { $0 + Double(abs($1)) } / Double(max(judge.map.count, 1))
  }
}

/// Whether the picture seen through its map is explained by the same map.
package enum Coherency: Metric {
  package static let name = "coherency"
  package static let summary = "how alike the map of the picture seen through its map is, 0 to 1"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    let again = try judge.mapOfExplanation()
    // A map without differences is like no other.
    return again.nonFiniteCount > 0 ? 0 : (judge.map.correlation(with: again).map { ($0 + 1) / 2 } ?? 0)
  }
}

/// The harmonic mean of coherency, simplicity and what is not lost (Poppi et al., 2021).
package enum ADCC: Metric {
  package static let name = "adcc"
  package static let summary = "harmonic mean of coherency, 1 - complexity and 1 - drop, 0 to 1"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    guard let coherency = try Coherency.value(of: judge), let complexity = Complexity.value(of: judge),
      let drop = try AverageDrop.value(of: judge)
    else { return nil }
    let terms = [coherency, 1 - complexity, 1 - drop / 100]
    return terms.contains { $0 <= 0 } ? 0 : 3 / terms.reduce(0) { $0 + 1 / $1 }
  }
}
