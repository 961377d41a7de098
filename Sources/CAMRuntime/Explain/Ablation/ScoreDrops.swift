internal import CVector
import Glibc

extension Probe {
  /// `s - s_u` for each unit, computed from the drops of the logits without cancellation and without overflow.
  package func scoreDrops(of score: Score, from deltas: UnitDeltas) throws -> [Double] {
    var totals = [Double](repeating: 0, count: deltas.units)
    for term in score.terms {
      let own = deltas.drops(of: term.classIndex)
      let logit = logits[term.classIndex]
      let drops: [Double]
      switch score.kind {
      case .logit: drops = own.map { Double($0) }
      case .sigmoid: drops = own.map { logisticDrop(logit, Double($0)) }
      case .softmax, .logprob, .rest:
        let logs = try logShareDrops(of: term.classIndex, own: own, deltas: deltas)
        let logShare = logit - logSumExp(logits)
        switch score.kind {
        case .softmax: drops = logs.map { exponentialDrop(logShare, $0) }
        case .rest: drops = zip(own, logs).map { Double($0) + $1 }
        default: drops = logs
        }
      }
      for unit in totals.indices { totals[unit] += term.weight * drops[unit] }
    }
    return totals
  }

  /// What the logarithm of a class's share loses with each unit.
  ///
  /// That is what its logit loses more than the likeliest class's does, and what that class's share loses: sums over
  /// all classes are needed for that one class only, and are kept.
  private func logShareDrops(of classIndex: Int, own: [Float], deltas: UnitDeltas) throws -> [Double] {
    let likeliest = try deltas.likeliest { try sureDrops(of: predictedClass, deltas: deltas) }
    guard classIndex != likeliest.classIndex else { return likeliest.logs }
    return own.indices.map { Double(own[$0]) - Double(likeliest.own[$0]) + likeliest.logs[$0] }
  }

  /// The same for the likeliest class, whose share may be nearly one.
  ///
  /// With the shares `p` and the drops `d` of the logits it is `log(1 + sum_j p_j (exp(d_c - d_j) - 1))`, in which the
  /// class's own term is nothing.
  private func sureDrops(of classIndex: Int, deltas: UnitDeltas) throws -> LikeliestDrops {
    let normalizer = logSumExp(logits)
    let (units, classes) = (deltas.units, deltas.classes)
    let table = try deltas.table()
    let own = table.row(classIndex, units: units)
    let shares = logits.map { Float(exp($0 - normalizer)) }
    var sums = [Float](repeating: 0, count: units), tops = sums
    table.withRows { rows, factors in
      cv_share_changes(rows, factors, shares, classIndex, classes, units, &sums, &tops)
    }
    var logs = sums.map { log1p(Double($0)) }
    // Far from the unchanged scores single precision ends, and what is left of a share cancels.
    let far = sums.indices.filter { !(tops[$0] < 40 && sums[$0] > -0.5) }
    var changed = far.map { _ in ChangedShare() }
    for other in far.isEmpty ? [] : Array(logits.indices) {
      let others = table.row(other, units: units)
      for (place, unit) in far.enumerated() {
        changed[place].add(logits[other] - normalizer, drop: Double(others[unit]), own: Double(own[unit]))
      }
    }
    for (place, unit) in far.enumerated() { logs[unit] = changed[place].logDrop(own: Double(own[unit])) }
    return LikeliestDrops(classIndex: classIndex, own: own, logs: logs)
  }
}

/// The sum of all classes' shares without a unit, of the size that one class's share had, minus what it was.
private struct ChangedShare {
  private var change = 0.0
  /// The changed shares' greatest logarithm, and their sum over it.
  private var top = -Double.infinity
  private var sum = 0.0

  mutating func add(_ logShare: Double, drop: Double, own: Double) {
    change += exp(logShare) * expm1(own - drop)
    let log = logShare - drop
    if log > top {
      sum = sum * exp(top - log) + 1
      top = log
    } else {
      sum += exp(log - top)
    }
  }

  /// What the logarithm of the class's share loses: by the change where that keeps its digits, else by the sum.
  func logDrop(own: Double) -> Double {
    change > -0.5 && change.isFinite ? log1p(change) : own + top + log(sum)
  }
}

/// `exp(x) - exp(x - drop)`, of which no factor overflows where `x` and `x - drop` are no logarithms of more than one.
private func exponentialDrop(_ x: Double, _ drop: Double) -> Double {
  drop >= 0 ? exp(x) * -expm1(-drop) : exp(x - drop) * expm1(drop)
}

/// `f(y) - f(y - drop)` for the logistic function: `f(y) f(drop - y) (1 - exp(-drop))`, or the same from the other end.
private func logisticDrop(_ y: Double, _ drop: Double) -> Double {
  func logistic(_ y: Double) -> Double { 1 / (1 + exp(-y)) }
  return drop >= 0
    ? logistic(y) * logistic(drop - y) * -expm1(-drop) : logistic(y - drop) * logistic(-y) * expm1(drop)
}
