/// exp(x) over its sum along an axis.
package struct Softmax: Operation {
  /// The name of the kind.
  package static let kind = "softmax"
  /// The axis along which values sum to one.
  package let axis: Int

  /// A softmax.
  package init(axis: Int = -1) { self.axis = axis }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    _ = try axis(axis, of: shape)
    return shape
  }

  /// It ends classifiers.
  package var traits: OperationTraits { .probabilities }
}

/// The logarithm of the softmax.
package struct LogSoftmax: Operation {
  /// The name of the kind.
  package static let kind = "log-softmax"
  /// The axis along which exponentials sum to one.
  package let axis: Int

  /// A log-softmax.
  package init(axis: Int = -1) { self.axis = axis }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let shape = try single(inputs)
    _ = try axis(axis, of: shape)
    return shape
  }

  /// It ends classifiers.
  package var traits: OperationTraits { .probabilities }
}
