internal import CVector
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
      cv_add_share_changes(&rest, probabilities[other], drops, ownChange, units)
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
