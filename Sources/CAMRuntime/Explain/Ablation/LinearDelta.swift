extension AblationEngine {
  /// For tails that keep channels apart up to a linear layer: channel k reaches that layer through its own columns, so
  /// the changes of all channels cost one pass of the layer.
  ///
  /// Linear layers behind it get the changes of their inputs, which are zero for every unit wherever a rectifier stays
  /// shut; those columns are left out. The rest runs on batches of changed outputs.
  func linearDelta(named strategy: AblationStrategy = .linearDelta) throws -> UnitDeltas {
    guard let first = tail.frontier.first, let linear = tail.linear(first),
      let unchanged = try baseValue(of: first)
    else { return try editedTail(named: .editedTail) }
    var cut: any CutSource
    if let blockProducts {
      cut = KnownRows(node: first, value: unchanged, products: blockProducts)
    } else {
      let change = try localChange(at: tail.graph[first].inputs[0])
      cut = ThinRows(
        node: first, value: unchanged, weight: linear.weight, change: change, channels: maps.channels)
    }
    var node = first
    while let next = tail.linearBehind(node), let linear = tail.linear(next),
      let value = try baseValue(of: next)
    {
      let changes = try changes(of: tail.graph[next].inputs[0], behind: [cut])
      cut = LinearRows(node: next, value: value, weight: linear.weight, changes: changes, network: network)
      node = next
    }
    return try run([cut], strategy)
  }
}
