extension AblationEngine {
  /// For tails that keep channels apart up to a linear layer: channel k reaches that layer through its own columns, so
  /// the changes of all channels cost one pass of the layer; the rest runs on batches of changed outputs.
  func linearDelta(named strategy: AblationStrategy = .linearDelta) throws -> UnitDeltas {
    guard let first = tail.frontier.first, let linear = tail.linear(first),
      let unchanged = try baseValue(of: first)
    else { return try editedTail(named: .editedTail) }
    let rows = ThinRows(
      node: first, value: unchanged, weight: linear.weight,
      change: try localChange(at: tail.graph[first].inputs[0]), channels: maps.channels)
    return try run([rows], strategy)
  }
}
