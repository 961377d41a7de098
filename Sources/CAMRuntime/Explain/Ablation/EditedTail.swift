extension AblationEngine {
  /// The tail on batches of edited maps, never the body.
  func editedTail(named strategy: AblationStrategy) throws -> UnitDeltas {
    let edit = EditedMaps(
      node: tail.layer, maps: maps, unit: unit, baseline: baseline,
      writesDifference: tail.isAffine(behind: tail.layer))
    return try run([edit], strategy)
  }
}
