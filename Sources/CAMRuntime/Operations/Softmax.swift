internal import CVector

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

extension Softmax {
  /// Any place along other axes by itself.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], parts = input.parts(around: try axis(axis, of: input.shape))
    let result = device.allocate(input.shape)
    cv_softmax(input.pointer, result.pointer, parts.outer, parts.extent, parts.inner, 0)
    return result
  }

  /// By the value: y (dy - sum of y dy).
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0], parts = input.parts(around: try axis(axis, of: input.shape))
    let value = try pass.output ?? forward([input], on: device)
    let result = device.allocate(input.shape)
    cv_softmax_gradient(
      value.pointer, pass.gradient.pointer, result.pointer, parts.outer, parts.extent, parts.inner, 0)
    return [result]
  }
}

extension LogSoftmax {
  /// Any place along other axes by itself.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], parts = input.parts(around: try axis(axis, of: input.shape))
    let result = device.allocate(input.shape)
    cv_softmax(input.pointer, result.pointer, parts.outer, parts.extent, parts.inner, 1)
    return result
  }

  /// By the value: dy - exp(y) times the sum of dy.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let input = pass.inputs[0], parts = input.parts(around: try axis(axis, of: input.shape))
    let value = try pass.output ?? forward([input], on: device)
    let result = device.allocate(input.shape)
    cv_softmax_gradient(
      value.pointer, pass.gradient.pointer, result.pointer, parts.outer, parts.extent, parts.inner, 1)
    return [result]
  }
}

extension Value {
  /// A row-major value's elements before, along and behind an axis.
  func parts(around axis: Int) -> (outer: Int, extent: Int, inner: Int) {
    (
      Shape(Array(shape.dimensions[..<axis])).count, shape[axis],
      Shape(Array(shape.dimensions[(axis + 1)...])).count
    )
  }
}
