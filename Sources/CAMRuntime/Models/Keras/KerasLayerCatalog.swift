/// Turns a call of a Keras layer into operations of the graph and gives its value.
typealias KerasLayerImporter =
  @Sendable (inout KerasAssembler, KerasCall) throws(KerasImportError) -> KerasValue

/// The layers of Keras that can be read.
enum KerasLayerCatalog {
  /// THE list, by family.
  private static let families: [[String: KerasLayerImporter]] = [
    KerasConvolutions.importers, KerasDense.importers, KerasNormalizations.importers, KerasPools.importers,
    KerasShapes.importers, KerasActivations.importers, KerasArithmetic.importers, KerasTraining.importers,
  ]

  static let all: [String: KerasLayerImporter] = families.reduce(into: [:]) { all, family in
    all.merge(family) { first, _ in first }
  }
}
