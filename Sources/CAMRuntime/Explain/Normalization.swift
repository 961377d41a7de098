/// How a map is brought to a common scale; always named, never assumed.
package enum Normalization: String, Sendable, CaseIterable {
  /// Divided by the greatest magnitude: 1 is the strongest position, 0 stays 0.
  case max
  /// The least value to 0 and the greatest to 1; the floor moves, a constant map has no scale.
  case minmax
  /// Left as it is.
  case none

  /// The scaled map.
  ///
  /// A map that has no scale (all zero; constant under `minmax`) becomes zeros, never NaN.
  package func callAsFunction(_ map: SaliencyMap) -> SaliencyMap {
    switch self {
    case .none: return map
    case .max:
      let top = map.values.reduce(Float(0)) { Swift.max($0, abs($1)) }
      guard top > 0 else { return map.map { _ in 0 } }
      return map.map { $0 / top }
    case .minmax:
      let floor = map.minimum
      let range = map.maximum - floor
      guard range > 0 else { return map.map { _ in 0 } }
      return map.map { ($0 - floor) / range }
    }
  }
}
