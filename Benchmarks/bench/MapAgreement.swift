/// How far weights and a map are from the wanted ones.
struct MapAgreement {
  let weights: [Float]
  let map: [Float]
  let wantedWeights: [Float]
  let wantedMap: [Float]

  /// The largest difference of weights over the largest weight, of the maps over the map's range, and the rank
  /// correlation of the weights.
  var json: String {
    let range = (wantedMap.max() ?? 0) - (wantedMap.min() ?? 0)
    let top = wantedWeights.reduce(Float(0)) { max($0, abs($1)) }
    return
      "{\"weights_error\": \(gap(weights, wantedWeights) / max(top, .leastNormalMagnitude)), "
      + "\"map_error\": \(gap(map, wantedMap) / max(range, .leastNormalMagnitude)), "
      + "\"rank_correlation\": \(rankCorrelation)}"
  }

  private func gap(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  private var rankCorrelation: Double {
    let (a, b) = (ranks(weights), ranks(wantedWeights))
    let mean = Double(a.count + 1) / 2
    var (product, left, right) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - mean) * (y - mean)
      left += (x - mean) * (x - mean)
      right += (y - mean) * (y - mean)
    }
    return product / max((left * right).squareRoot(), .leastNormalMagnitude)
  }

  /// Ranks from 1; equal values share the mean of theirs.
  private func ranks(_ values: [Float]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }
}
