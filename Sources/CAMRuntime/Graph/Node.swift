/// One operation of a graph and the value that it yields.
package struct Node: Sendable {
  /// Its place in the graph.
  package let id: NodeID
  /// Its name as the origin of the network calls it.
  package let name: String
  /// What it computes.
  package let operation: any Operation
  /// Where its inputs come from, in the operation's order.
  package let inputs: [NodeID]
  /// The shape of its value for a batch of one.
  package let shape: Shape
}
