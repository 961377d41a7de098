/// The values that one pass kept.
///
/// What is not kept can be computed again from what is; that the reverse pass does by itself.
package final class Activations {
  /// The number of entries of the batch.
  package let batch: Int
  /// The network's input; for a tail, that of the pass it builds on.
  package let input: Tensor
  /// Whether its entries are computed as some of many, even where a batch holds one of them.
  let isAmongMany: Bool
  let device: Device
  /// What the values derive from: the input, or the edited values of some nodes.
  let origin: Origin
  private(set) var values: [NodeID: Value]
  private var tensors: [NodeID: Tensor] = [:]

  enum Origin {
    case input
    case edit(Set<NodeID>, base: Activations)
  }

  init(
    batch: Int, amongMany: Bool = false, input: Tensor, device: Device, origin: Origin,
    values: [NodeID: Value]
  ) {
    self.batch = batch
    isAmongMany = amongMany || batch > 1
    self.input = input
    self.device = device
    self.origin = origin
    self.values = values
  }

  /// The value of a node, nil where it was not kept.
  package subscript(id: NodeID) -> Tensor? {
    if let known = tensors[id] { return known }
    guard let value = values[id] else { return nil }
    let tensor = device.tensor(value)
    tensors[id] = tensor
    return tensor
  }

  /// The value of a node as it is given away, nil where it was not kept; refused where there is no room to lay it out row by row.
  package func tensor(of id: NodeID) throws(GraphError) -> Tensor? {
    if tensors[id] == nil, let value = values[id] { try device.checkRoom(forTensorOf: value) }
    return self[id]
  }

  /// Whether the value of a node was kept.
  package func contains(_ id: NodeID) -> Bool { values[id] != nil }

  func keep(_ value: Value, of id: NodeID) {
    values[id] = value
    tensors[id] = nil
  }
}
