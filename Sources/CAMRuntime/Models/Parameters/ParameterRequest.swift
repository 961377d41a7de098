/// One tensor that a network needs: its name in torch's manner, its place in a Keras file, its shape in this
/// engine's layout, and how it starts when there are no weights.
package struct ParameterRequest: Sendable {
  /// The name of the graph node that will hold the tensor.
  package var node: String
  /// The tensor's name within the node: `weight`, `bias`, `running_mean`, `running_var`.
  package var name: String
  /// The shape wanted: convolutions [O, I/groups, h, w], linear [out, in], the others [channels].
  package var shape: Shape
  /// The Keras layer that owns the tensor and the variable's kind there.
  package var keras: KerasVariable
  /// The value of the tensor where a network starts without weights.
  package var start: StartingValue
  /// True for the tensors of the last layer, whose row count is the number of classes.
  package var isHead: Bool

  /// The name in a state dictionary: `layer4.1.conv2.weight`.
  package var key: String { "\(node).\(name)" }

  /// The bytes of its elements.
  var byteCount: Int { min(shape.checkedCount ?? .max, 1 << 60) * MemoryLayout<Float>.stride }
}

/// The place of a tensor in a Keras file.
package struct KerasVariable: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// [h, w, in, out]
    case kernel
    /// [h, w, in, multiplier]
    case depthwiseKernel
    /// [1, 1, in, out]
    case pointwiseKernel
    /// [in, out]; `flattened` is the [channels, height, width] that was flattened in Keras' order (height,
    /// width, channels) just before, where that is so.
    case denseKernel(flattened: [Int]?)
    case bias, gamma, beta, movingMean, movingVariance
  }
  package var layer: String
  package var kind: Kind
}

/// How a tensor starts without weights.
package enum StartingValue: Sendable, Hashable {
  /// Normal with variance 2 / fan, He et al. 2015.
  case heNormal(fan: Int)
  /// Uniform within ±1 / sqrt(fan), as torch starts a linear layer.
  case uniform(fan: Int)
  case constant(Float)
}
