extension AblationEngine {
  /// The changes of the maps through the tail, never the body.
  func editedTail(named strategy: AblationStrategy) throws -> UnitDeltas {
    try run([EditedMaps(node: tail.layer, maps: maps, unit: unit, baseline: baseline)], strategy)
  }
}
