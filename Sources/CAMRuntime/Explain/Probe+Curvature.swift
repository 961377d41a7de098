extension Probe {
  /// The second derivative of a score at the layer times the layer's maps; nil where it is exactly zero.
  ///
  /// With logits y(A) and score f(y), `H A = J' (f'' J A) + sum_c f'_c (y_c'' A)`. In a piecewise linear tail the
  /// second part vanishes and `J A`, the logits' slope along A, is all that is needed. Elsewhere the reverse pass is
  /// differentiated along A, operation by operation (Pearlmutter, Fast exact multiplication by the Hessian, 1994).
  package func curvatureAlongMaps(of score: Score) throws -> FeatureMaps? {
    let isPiecewiseLinear = tail.isPiecewiseLinear
    if isPiecewiseLinear, score.kind == .logit { return nil }
    let end = network.graph.logits
    let tailActivations =
      tailNetwork === network
      ? activations : try tailNetwork.tail(after: tail.layer, edits: maps.tensor, base: activations)
    let slopes = try tailNetwork.slopes(
      from: tail.layer, along: maps.tensor, to: end, at: tailActivations)
    guard let slope = slopes[end].map(tailNetwork.device.tensor)?.values else { return nil }
    let change = score.curvature(at: logits, along: slope.map { Double($0) }).map { Float($0) }
    if isPiecewiseLinear {
      return try gradients(ofLogits: change, at: [tail.layer])[tail.layer].flatMap(FeatureMaps.init)
    }
    let shape = network.graph[end].shape
    let seed = Tensor(shape, values: score.gradient(at: logits).map { Float($0) })
    return FeatureMaps(
      try tailNetwork.gradientSlope(
        from: end, seed: seed, change: Tensor(shape, values: change), withRespectTo: tail.layer,
        slopes: slopes, at: tailActivations))
  }
}
