extension Plan {
  /// Lets max pools take over what a node puts around their input that never wins, where nobody else wants its value.
  static func padPools(_ order: inout [FusionPass.Work], _ wanted: Set<NodeID>) {
    var readers: [NodeID: Int] = [:]
    var places: [NodeID: Int] = [:]
    for (place, step) in order.enumerated() {
      places[step.output] = place
      for input in step.inputs { readers[input, default: 0] += 1 }
    }
    var gone: Set<NodeID> = []
    for place in order.indices {
      guard let pool = order[place].operation as? MaxPool, pool.padding == .none, !pool.ceilMode,
        let source = order[place].inputs.first, !wanted.contains(source), readers[source] == 1,
        let before = places[source], let pad = order[before].operation as? Pad, let padding = pad.aroundMaxima
      else { continue }
      order[place].operation = MaxPool(
        kernel: pool.kernel, stride: pool.stride, padding: padding, dilation: pool.dilation)
      order[place].inputs = order[before].inputs
      gone.insert(source)
    }
    order.removeAll { gone.contains($0.output) }
  }
}

extension Pad {
  /// The padding of a picture whose elements are no greater than any; nil where it is something else.
  fileprivate var aroundMaxima: Padding? {
    guard mode == .constant(-.infinity), before.count == 4, (before + after).allSatisfy({ $0 >= 0 }),
      (before.prefix(2) + after.prefix(2)).allSatisfy({ $0 == 0 })
    else { return nil }
    return Padding(top: before[2], left: before[3], bottom: after[2], right: after[3])
  }
}
