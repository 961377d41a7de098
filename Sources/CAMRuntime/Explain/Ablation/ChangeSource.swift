/// A node whose changes are given to a run of what lies behind it, entry by entry.
protocol ChangeSource {
  /// The node.
  var node: NodeID { get }
  /// Whether what it gives is read again, and must not be written over.
  var isLent: Bool { get }
  /// The node's value without each of some units minus its unchanged value.
  func changes(without units: [Int], on device: Device) throws -> Value
  /// The same of the node's value cut to a range.
  func changes(without units: [Int], cut: ChangeCut, on device: Device) throws -> Value
}

/// A range that a value is cut to, and the unchanged value.
struct ChangeCut {
  let base: Value
  let low: Float
  let high: Float
}

extension ChangeSource {
  var isLent: Bool { false }

  func changes(without units: [Int], cut: ChangeCut, on device: Device) throws -> Value {
    device.cutChanges(
      try changes(without: units, on: device), of: cut.base, low: cut.low, high: cut.high)
  }
}
