extension Probe {
  /// The second derivative of a score at the layer times the layer's maps; nil where it is exactly zero.
  ///
  /// With logits y(A) and score f(y), `H A = J' (f'' J A) + sum_c f'_c (y_c'' A)`. In a piecewise linear tail the
  /// second part vanishes and `J A`, the logits' slope along A, is all that is needed. Elsewhere the second part
  /// is the central difference of gradients at (1 +- 1/64) A.
  func curvatureAlongMaps(of score: Score) throws -> FeatureMaps? {
    let isPiecewiseLinear = tail.isPiecewiseLinear
    if isPiecewiseLinear, score.kind == .logit { return nil }
    let step: Float = 1 / 64
    let shape = maps.tensor.shape
    let edits = maps.tensor.withValues { values in
      Tensor(shape.withBatch(2)) { target in
        for index in values.indices {
          target[index] = values[index] * (1 + step)
          target[values.count + index] = values[index] * (1 - step)
        }
      }
    }
    let scaled = try tailNetwork.tail(after: tail.layer, edits: edits, base: activations)
    guard let ends = scaled[network.graph.logits]?.values else { return nil }
    let classes = logits.count
    let slope = (0..<classes).map { Double(ends[$0] - ends[classes + $0]) / Double(2 * step) }
    let weights = score.curvature(at: logits, along: slope).map { Float($0) }
    let found = try gradients(ofLogits: weights, at: [tail.layer])
    guard let first = found[tail.layer].flatMap(FeatureMaps.init) else { return nil }
    if isPiecewiseLinear { return first }

    let seed = score.gradient(at: logits).map { Float($0) }
    let gradients = try tailNetwork.gradient(
      from: network.graph.logits, seed: Tensor([2, classes], values: seed + seed),
      withRespectTo: [tail.layer], at: scaled)
    guard let pair = gradients[tail.layer]?.values else { return first }
    let count = maps.tensor.count
    return first.like { target in
      first.tensor.withValues { first in
        for index in 0..<count {
          target[index] = first[index] + (pair[index] - pair[count + index]) / (2 * step)
        }
      }
    }
  }
}
