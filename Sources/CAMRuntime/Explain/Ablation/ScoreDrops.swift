import Glibc

extension Probe {
  /// `s - s_u` for each unit, computed from the drops of the logits without cancellation.
  package func scoreDrops(of score: Score, from deltas: UnitDeltas) -> [Double] {
    var totals = [Double](repeating: 0, count: deltas.units)
    for term in score.terms {
      let own = deltas.drops(of: term.classIndex)
      let drops: [Double]
      switch score.kind {
      case .logit: drops = own.map { Double($0) }
      case .sigmoid:
        let logit = logits[term.classIndex]
        let value = 1 / (1 + exp(-logit))
        // sigmoid(y) - sigmoid(y - d) = sigmoid(y) (1 - sigmoid(y - d)) (1 - exp(-d))
        drops = own.map { drop in
          let without = 1 / (1 + exp(Double(drop) - logit))
          return value * (1 - without) * -expm1(-Double(drop))
        }
      case .softmax, .logprob, .rest:
        drops = softmaxDrops(of: score.kind, classIndex: term.classIndex, own: own, deltas: deltas)
      }
      for unit in totals.indices { totals[unit] += term.weight * drops[unit] }
    }
    return totals
  }

  /// With `x_j = exp(-d_j) - 1` and `r = sum_j p_j (x_j - x_c)`, in which the class's own term is nothing:
  /// `p_c - p_cu = p_c r / (1 + x_c + r)` and `log p_c - log p_cu = log(1 + r exp(d_c))`.
  private func softmaxDrops(
    of kind: Score.Kind, classIndex: Int, own: [Float], deltas: UnitDeltas
  ) -> [Double] {
    let normalizer = logSumExp(logits)
    let probabilities = logits.map { Float(exp($0 - normalizer)) }
    let units = deltas.units
    let ownChange = own.map { expm1(-$0) }
    var rest = [Float](repeating: 0, count: units)
    for other in logits.indices where other != classIndex && probabilities[other] > 0 {
      let drops = deltas.drops(of: other)
      accumulate(&rest, share: probabilities[other], drops: drops, minus: ownChange)
    }
    let probability = exp(logits[classIndex] - normalizer)
    return (0..<units).map { unit in
      let r = Double(rest[unit])
      let drop = Double(own[unit])
      switch kind {
      case .softmax: return probability * r / (1 + expm1(-drop) + r)
      case .rest: return drop + log1p(r * exp(drop))
      default: return log1p(r * exp(drop))
      }
    }
  }
}

/// `sums[u] += share * (exp(-drops[u]) - 1 - minus[u])`, sixteen units at a time.
private func accumulate(_ sums: inout [Float], share: Float, drops: [Float], minus: [Float]) {
  let count = sums.count
  sums.withUnsafeMutableBytes { sums in
    drops.withUnsafeBytes { drops in
      minus.withUnsafeBytes { minus in
        var unit = 0
        while unit + 16 <= count {
          let at = unit * 4
          let change =
            exponentialMinusOne(-drops.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self))
            - minus.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self)
          let sum = sums.loadUnaligned(fromByteOffset: at, as: SIMD16<Float>.self) + share * change
          sums.storeBytes(of: sum, toByteOffset: at, as: SIMD16<Float>.self)
          unit += 16
        }
        while unit < count {
          let at = unit * 4
          let change =
            expm1(-drops.load(fromByteOffset: at, as: Float.self))
            - minus.load(fromByteOffset: at, as: Float.self)
          let sum = sums.load(fromByteOffset: at, as: Float.self) + share * change
          sums.storeBytes(of: sum, toByteOffset: at, as: Float.self)
          unit += 1
        }
      }
    }
  }
}

/// `exp(x) - 1` of sixteen numbers, exact to a few units in the last place also near zero.
func exponentialMinusOne(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let clamped = x.clamped(
    lowerBound: SIMD16(repeating: -87), upperBound: SIMD16(repeating: 88))
  let steps = (clamped * 1.442_695_04).rounded(.toNearestOrEven)
  // Cody and Waite's two-part ln 2.
  let rest = (clamped - steps * 0.693_359_375) - steps * -2.121_944_4e-4
  var series = SIMD16<Float>(repeating: 1 / 5_040)
  for coefficient: Float in [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1] { series = series * rest + coefficient }
  let small = series * rest
  let bits = (SIMD16<Int32>(truncatingIfNeeded: SIMD16<Int32>(steps)) &+ 127) &<< 23
  let power = unsafeBitCast(bits, to: SIMD16<Float>.self)
  return power * small + (power - 1)
}
