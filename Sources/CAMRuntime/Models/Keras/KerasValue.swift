/// A value on its way through a Keras network, for a batch of one: maps as [1, C, H, W], all else as Keras has it.
struct KerasValue {
  let id: NodeID
  let shape: Shape
  /// [channels, height, width] of a map that was flattened here in another order than Keras': its next dense layer's
  /// weights are turned instead.
  var flattened: [Int]?

  var isMap: Bool { shape.rank == 4 }
}
