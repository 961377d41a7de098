extension AblationEngine {
  /// For tails that keep channels apart up to a linear layer: channel k reaches that layer through its own columns, so
  /// the changes of all channels cost one pass of the layer; the rest runs on batches of changed outputs.
  func linearDelta(named strategy: AblationStrategy = .linearDelta) throws -> UnitDeltas {
    guard let first = tail.frontier.first, let linear = tail.linear(first),
      let unchanged = try baseValue(of: first)
    else { return try editedTail(named: .editedTail) }
    let change = try localChange(at: tail.graph[first].inputs[0])
    let outputs = linear.weight.shape[0]
    let active = self.active
    let products = thinProducts(linear.weight, change, units: active)
    var rows = [Int](repeating: 0, count: units)
    for (row, unit) in active.enumerated() { rows[unit] = row }
    let run = CutRun(network: network, base: base, cut: [first], wanted: hidden) { unit, buffers in
      unchanged.withValues { _ = buffers[0].update(from: $0) }
      guard let unit else { return }
      products.withUnsafeBufferPointer { products in
        let start = rows[unit] * outputs
        for output in 0..<outputs { buffers[0][output] -= products[start + output] }
      }
    }
    let changes = try run.changes(units: units, active: active, entryBytes: entryBytes(behind: [first]))
    return wrapped(changes, strategy)
  }

  /// For each unit the product of its columns of the weights with its change, `[units, outputs]`.
  private func thinProducts(_ weight: Tensor, _ change: Tensor, units: [Int]) -> [Float] {
    let inputs = weight.shape[1]
    let outputs = weight.shape[0]
    let width = inputs / maps.channels
    return [Float](unsafeUninitializedCapacity: units.count * outputs) { target, count in
      let target = target
      weight.withValues { weight in
        change.withValues { change in
          for output in 0..<outputs {
            let row = UnsafeBufferPointer(rebasing: weight[output * inputs..<(output + 1) * inputs])
            for (place, unit) in units.enumerated() {
              let columns = unit * width..<(unit + 1) * width
              target[place * outputs + output] = innerProduct(
                UnsafeBufferPointer(rebasing: row[columns]), UnsafeBufferPointer(rebasing: change[columns]))
            }
          }
        }
      }
      count = units.count * outputs
    }
  }
}
