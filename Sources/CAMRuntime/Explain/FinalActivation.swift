import Glibc

/// What is done to the summed map before it is scaled.
package enum FinalActivation: String, Sendable, CaseIterable {
  /// Negative values become zero (all papers of the family).
  case relu
  /// Softmax over the positions (reference work 004).
  case softmax
  /// The signed map as it is.
  case none

  /// The map after the activation.
  package func callAsFunction(_ map: SaliencyMap) -> SaliencyMap {
    switch self {
    case .none: return map
    case .relu: return map.map { $0 > 0 ? $0 : 0 }
    case .softmax:
      let values = map.values.map { Double($0) }
      let normalizer = logSumExp(values)
      return SaliencyMap(
        height: map.height, width: map.width, values: values.map { Float(exp($0 - normalizer)) })
    }
  }
}
