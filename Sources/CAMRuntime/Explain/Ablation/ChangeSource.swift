/// A node whose changes are given to a run of what lies behind it, entry by entry.
protocol ChangeSource {
  /// The node.
  var node: NodeID { get }
  /// The node's value without each of some units minus its unchanged value.
  func changes(without units: [Int], on device: Device) throws -> Value
}
