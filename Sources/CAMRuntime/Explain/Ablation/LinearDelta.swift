extension AblationEngine {
  /// For tails that keep channels apart up to a linear layer: channel k reaches that layer through its own columns, so
  /// the changes of all channels cost one pass of the layer, and run from there.
  func linearDelta(named strategy: AblationStrategy = .linearDelta) throws -> UnitDeltas {
    guard let first = tail.frontier.first, let linear = tail.linear(first) else {
      return try editedTail(named: .editedTail)
    }
    let shape = tail.graph[first].shape
    if let blockProducts {
      return try run([KnownRows(node: first, shape: shape, products: blockProducts)], strategy)
    }
    let change = try localChange(at: tail.graph[first].inputs[0])
    // What is taken away has the other sign.
    let gone = Self.difference(.zeros([change.count]), change)
    let rows = ThinRows(
      node: first, shape: shape, weight: linear.weight, change: gone, channels: maps.channels)
    return try run([rows], strategy)
  }
}
