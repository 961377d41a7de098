/// The area under the probability while the hottest pixels are taken away first (Petsiuk et al., RISE, 2018).
package enum Deletion: Metric {
  package static let name = "deletion"
  package static let summary = "area under the probability while the hottest pixels turn black first"
  package static let isBetterHigh: Bool? = false

  package static func value(of judge: MapJudge) throws -> Double? { area(under: try judge.deletionScores()) }

  /// The area under scores at equal distances, from 0 to 1.
  static func area(under scores: [Double]) -> Double? {
    guard let first = scores.first, let last = scores.last, scores.count > 1 else { return nil }
    return (scores.reduce(0, +) - first / 2 - last / 2) / Double(scores.count - 1)
  }
}

/// The area under the probability while the hottest pixels come back first into a blurred picture.
package enum Insertion: Metric {
  package static let name = "insertion"
  package static let summary =
    "area under the probability while the hottest pixels come back first into a blurred picture"
  package static let isBetterHigh: Bool? = true

  package static func value(of judge: MapJudge) throws -> Double? {
    Deletion.area(under: try judge.insertionScores())
  }
}
