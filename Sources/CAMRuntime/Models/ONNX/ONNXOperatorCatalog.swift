/// Turns a node of the model into operations of the graph and gives the node's values.
typealias ONNXOperatorImporter =
  @Sendable (ONNXNodeView, inout ONNXAssembler) throws(ONNXImportError) -> [ImportedValue]

/// The operations that can be imported.
package enum ONNXOperatorCatalog {
  /// THE list, by family.
  private static let families: [[String: ONNXOperatorImporter]] = [
    ONNXConvolutions.importers, ONNXProducts.importers, ONNXNormalizations.importers,
    ONNXActivations.importers, ONNXPools.importers, ONNXArithmetic.importers, ONNXReductions.importers,
    ONNXShapes.importers, ONNXParts.importers, ONNXGathering.importers, ONNXScattering.importers,
    ONNXResizing.importers, ONNXControl.importers,
    ONNXLogic.importers, ONNXDropout.importers, ONNXRanks.importers, ONNXEinsum.importers,
    ONNXSampling.importers,
  ]

  static let importers: [String: ONNXOperatorImporter] = families.reduce(into: [:]) { all, family in
    all.merge(family) { first, _ in first }
  }

  /// The names of all operations that an imported node may have.
  package static var operations: [String] { importers.keys.sorted() }
}
