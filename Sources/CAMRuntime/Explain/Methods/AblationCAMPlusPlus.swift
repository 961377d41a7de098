/// Ablation-CAM over a tree of channel clusters: clusters that do not matter are not split.
package struct AblationCAMPlusPlus: CAMMethod {
  package static let name = "ablation-cam++"
  package static let summary = "ablation-cam over a tree of channel clusters, unimportant ones not split"
  package static let formula =
    "channels split in two by k-means of their maps, again and again, while |s - s_cluster| > threshold |s|;  "
    + "w_k = (s - s_cluster of k) / (|s| channels of the cluster),  map = sum_k w_k A_k"
  package static let paper =
    "Salama et al., Ablation-CAM++: Grouped Recursive Visual Explanations for Deep Convolutional Networks, ICIP 2022"
  package static let needs: MethodNeeds = .tail
  package static let parameters = [
    MethodParameter(
      "threshold", .number(0...1, default: 0.01), "clusters of a smaller share of the score are not split")
  ]
  private let threshold: Double
  private let seed: UInt64

  package init(_ arguments: MethodArguments) throws(ExplainError) {
    threshold = try arguments.number("threshold")
    seed = arguments.seed
  }

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let maps = probe.maps
    let value = probe.value(of: score)
    let divisor = max(abs(value), 1e-12)
    let alive = maps.reduceChannels { $0 = max($0, Double(abs($1))) }
    var level = [(0..<maps.channels).filter { alive[$0] > 0 }].filter { !$0.isEmpty }
    var weights = [Float](repeating: 0, count: maps.channels)
    var drops = [Double](repeating: 0, count: maps.channels)
    while !level.isEmpty {
      let clusters = level
      // Beside them the maps as they are, so that nothing but the edit makes a difference.
      let scores = try probe.scores(score, ofEdits: clusters.count + 1) { index, copy in
        guard index < clusters.count else { return }
        for channel in clusters[index] {
          for place in channel * maps.positions..<(channel + 1) * maps.positions { copy[place] = 0 }
        }
      }
      level = []
      for (cluster, without) in zip(clusters, scores) {
        let drop = (scores.last ?? value) - without
        if cluster.count > 1, abs(drop) > threshold * divisor {
          level += try halves(of: cluster, maps: maps, interrupt: probe.network.options.interrupt)
        } else {
          for channel in cluster {
            weights[channel] = Float(drop / divisor / Double(cluster.count))
            drops[channel] = drop
          }
        }
      }
    }
    var warnings: [ExplanationWarning] = []
    if value <= 0 { warnings.append(.scoreNotPositive(score: value)) }
    return Attribution(
      .weights(weights), unitScores: drops.map { value - $0 }, strategy: .editedTail, warnings: warnings)
  }

  /// A cluster split in two by the shape of its channels' maps; in the middle where they are all alike.
  private func halves(
    of cluster: [Int], maps: FeatureMaps, interrupt: InterruptFlag
  ) throws -> [[Int]] {
    var points: [Float] = []
    for channel in cluster {
      let plane = maps.plane(channel).values
      let norm = plane.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      points += norm > 0 ? plane.map { $0 / norm } : plane
    }
    let labels = try KMeans.clusters(
      of: points, count: cluster.count, dimension: maps.positions, clusters: 2, seed: seed,
      interrupt: interrupt)
    let first = zip(cluster, labels).filter { $0.1 == 0 }.map(\.0)
    let second = zip(cluster, labels).filter { $0.1 != 0 }.map(\.0)
    guard !first.isEmpty, !second.isEmpty else {
      return [Array(cluster[..<(cluster.count / 2)]), Array(cluster[(cluster.count / 2)...])]
    }
    return [first, second]
  }
}
