/// The place of a node in its graph.
package struct NodeID: Sendable, Hashable, Comparable {
  /// The position in `Graph.nodes`.
  package let index: Int

  /// The node at a position.
  package init(index: Int) {
    self.index = index
  }

  /// Earlier nodes come first.
  package static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}
