import Glibc

/// How the maps of several layers become one, at the size of the largest.
package enum LayerFusion: String, Sendable, CaseIterable {
  /// The mean of the maps, each divided by its greatest value.
  case mean
  /// The greatest of `tanh(2 map / max)` (LayerCAM's scaling of shallow layers).
  case maximum = "max"
  /// The product of the maps, each scaled to 0...1.
  case product

  /// One map from several.
  package func callAsFunction(_ maps: [SaliencyMap]) -> SaliencyMap? {
    guard let first = maps.first, maps.count > 1 else { return maps.first }
    let height = maps.map(\.height).max() ?? first.height
    let width = maps.map(\.width).max() ?? first.width
    let scaled = maps.map { map in
      switch self {
      case .mean: Normalization.max(map).resized(height: height, width: width)
      case .maximum: Normalization.max(map).map { tanh(2 * $0) }.resized(height: height, width: width)
      case .product: Normalization.minmax(map.resized(height: height, width: width))
      }
    }
    let sum = scaled.dropFirst().reduce(scaled[0]) { result, map in
      result.combined(with: map) { left, right in
        switch self {
        case .mean: left + right
        case .maximum: max(left, right)
        case .product: left * right
        }
      }
    }
    return self == .mean ? sum.map { $0 / Float(maps.count) } : sum
  }
}
