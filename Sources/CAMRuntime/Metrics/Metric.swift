/// A number that says how well a map explains a score, one for each picture.
package protocol Metric: Sendable {
  /// How a person writes it.
  static var name: String { get }
  /// One line: what is measured.
  static var summary: String { get }
  /// Whether more is better; nil where neither is.
  static var isBetterHigh: Bool? { get }

  /// The value for a picture; nil where it is not defined, such as a drop of a score that is not positive.
  static func value(of judge: MapJudge) throws -> Double?
}

/// THE list of metrics: a metric is its type and its line here.
package enum MetricCatalog {
  package static let all: [any Metric.Type] = [
    AverageDrop.self, ConfidenceIncrease.self, AverageGain.self, LogitDrop.self, LogitIncrease.self,
    Deletion.self, Insertion.self, HottestRemoved.self, ColdestRemoved.self, RemoveAndDebias.self,
    Complexity.self, Coherency.self, ADCC.self, ARCC.self,
  ]

  /// The metric of a name.
  package static func metric(named name: String) -> (any Metric.Type)? {
    all.first { $0.name == name.lowercased() }
  }
}
