/// Shapley values of the channels from random orders in which channels come back one after the other.
///
/// A value is the mean of what its channel adds to the score when it comes back, all later ones still being zero. Orders come
/// in pairs, each with its reverse, whose errors partly cancel; the sum of all values is the score minus the one of
/// the empty layer for any number of orders.
struct SampledShapleyValues {
  /// How many orders.
  let permutations: Int
  /// The seed of the orders.
  let seed: UInt64

  /// One value for each channel, and how the tail was run; a channel of zeros is worth exactly nothing.
  func values(of score: Score, in probe: Probe) throws -> (values: [Double], strategy: AblationStrategy) {
    let maps = probe.maps
    let magnitudes = maps.reduceChannels { $0 = max($0, Double(abs($1))) }
    let alive = magnitudes.indices.filter { magnitudes[$0] > 0 }
    guard !alive.isEmpty else { return (Array(repeating: 0, count: maps.channels), .editedTail) }
    let isAffine = probe.tail.strategy == .closedForm
    if isAffine, score.kind == .logit {
      // Channels add up, so that a channel is worth the same in every order.
      return (try probe.scoreDrops(of: score, from: try probe.unitDeltas(.channel)), .closedForm)
    }
    let orders = orders(of: alive)
    let scores = try isAffine ? sums(score, orders, in: probe) : edits(score, orders, in: probe)
    var values = [Double](repeating: 0, count: maps.channels)
    for (number, order) in orders.enumerated() {
      var before = scores.empty
      for (place, channel) in order.enumerated() {
        let inside = place + 1 < order.count
        let after = inside ? scores.between[number * (order.count - 1) + place] : scores.full
        values[channel] += (after - before) / Double(orders.count)
        before = after
      }
    }
    return (values, isAffine ? .closedForm : .editedTail)
  }

  /// Scores of the empty and the full layer, and order by order of every step between them.
  private typealias Scores = (empty: Double, full: Double, between: [Double])

  private func orders(of channels: [Int]) -> [[Int]] {
    var random = SeededGenerator(seed: seed)
    var orders: [[Int]] = []
    while orders.count < permutations {
      var order = channels
      for last in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(last, random.index(below: last + 1))
      }
      orders.append(order)
      if orders.count < permutations { orders.append(order.reversed()) }
    }
    return orders
  }

  /// By the tail on batches; the full layer goes through it as well, so that all scores are of one kind.
  private func edits(_ score: Score, _ orders: [[Int]], in probe: Probe) throws -> Scores {
    let positions = probe.maps.positions
    let steps = (orders.first?.count ?? 1) - 1
    let found = try probe.scores(score, ofEdits: orders.count * steps + 2) { index, copy in
      guard index < orders.count * steps else {
        if index == orders.count * steps { copy.update(repeating: 0) }
        return
      }
      for channel in orders[index / steps][(index % steps + 1)...] {
        for place in channel * positions..<(channel + 1) * positions { copy[place] = 0 }
      }
    }
    return (found[found.count - 2], found[found.count - 1], Array(found.dropLast(2)))
  }

  /// For affine tails: what each channel adds to each logit, added up.
  private func sums(_ score: Score, _ orders: [[Int]], in probe: Probe) throws -> Scores {
    let deltas = try probe.unitDeltas(.channel)
    let classes = probe.logits.count
    var shares = [Float](repeating: 0, count: deltas.units * classes)
    for index in 0..<classes {
      for (unit, drop) in deltas.drops(of: index).enumerated() { shares[unit * classes + index] = drop }
    }
    func add(_ channel: Int, _ sign: Double, to logits: inout [Double]) {
      for index in 0..<classes { logits[index] += sign * Double(shares[channel * classes + index]) }
    }
    var empty = probe.logits
    for channel in orders.first ?? [] { add(channel, -1, to: &empty) }
    var between: [Double] = []
    for order in orders {
      try probe.network.options.interrupt.check()
      var logits = empty
      for channel in order.dropLast() {
        add(channel, 1, to: &logits)
        between.append(score.value(of: logits))
      }
    }
    return (score.value(of: empty), probe.value(of: score), between)
  }
}
