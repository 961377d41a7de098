internal import CVector

/// The same elements under another shape.
package struct Reshape: Operation {
  /// The name of the kind.
  package static let kind = "reshape"
  /// The whole shape, the batch included; 0 copies the input's extent, one -1 takes what is left.
  package let dimensions: [Int]
  /// Whether 0 stands for no elements instead.
  package let allowsZero: Bool

  /// A reshape as ONNX has it; begin with 0 (or -1) to keep the batch free.
  package init(_ dimensions: [Int], allowsZero: Bool = false) {
    self.dimensions = dimensions
    self.allowsZero = allowsZero
  }

  /// The given extents with 0 and -1 resolved.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    var result = dimensions
    var free: Int?
    for (axis, extent) in dimensions.enumerated() {
      switch extent {
      case 0 where !allowsZero:
        guard axis < input.rank else { throw refusal(inputs, "0 stands for axis \(axis)") }
        result[axis] = input[axis]
      case -1:
        guard free == nil else { throw refusal(inputs, "two extents of -1") }
        free = axis
        result[axis] = 1
      case ..<0: throw refusal(inputs, "an extent of \(extent)")
      default: break
      }
    }
    guard let known = Shape(result).checkedCount else { throw refusal(inputs, "too many elements") }
    if let free {
      guard known > 0, input.count % known == 0 else {
        throw refusal(inputs, "it does not divide into \(Shape(dimensions))")
      }
      result[free] = input.count / known
    }
    guard Shape(result).count == input.count else {
      throw refusal(inputs, "\(Shape(result)) has another number of elements")
    }
    return Shape(result)
  }

  /// The same elements.
  package var traits: OperationTraits { [.affine, .identity, .movement] }
}

/// All axes before `axis` as one, all others as another.
package struct Flatten: Operation {
  /// The name of the kind.
  package static let kind = "flatten"
  /// The first axis of the second part.
  package let axis: Int

  /// A flattening.
  package init(axis: Int = 1) { self.axis = axis }

  /// `[N, C * H * W]` for pictures.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    let split = axis < 0 ? axis + input.rank : axis
    guard (0...input.rank).contains(split) else { throw refusal(inputs, "there is no axis \(axis)") }
    return [
      Shape(Array(input.dimensions[..<split])).count, Shape(Array(input.dimensions[split...])).count,
    ]
  }

  /// The same elements.
  package var traits: OperationTraits { [.affine, .identity, .movement] }
}

/// Axes of extent one go.
package struct Squeeze: Operation {
  /// The name of the kind.
  package static let kind = "squeeze"
  /// The axes; nil for all of extent one behind the batch.
  package let axes: [Int]?

  /// A squeeze.
  package init(axes: [Int]? = nil) { self.axes = axes }

  /// The other extents.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    var gone: Set<Int> = []
    for index in axes ?? (1..<max(1, input.rank)).filter({ input[$0] == 1 }) {
      let axis = try axis(index, of: input)
      guard input[axis] == 1 else { throw refusal(inputs, "axis \(axis) is not of extent one") }
      gone.insert(axis)
    }
    return Shape((0..<input.rank).filter { !gone.contains($0) }.map { input[$0] })
  }

  /// The same elements.
  package var traits: OperationTraits { [.affine, .identity, .movement] }
}

/// Axes of extent one come in.
package struct Unsqueeze: Operation {
  /// The name of the kind.
  package static let kind = "unsqueeze"
  /// Their places in the result.
  package let axes: [Int]

  /// An unsqueeze.
  package init(axes: [Int]) { self.axes = axes }

  /// The extents with ones between.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    let rank = input.rank + axes.count
    let places = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard places.count == axes.count, places.allSatisfy({ (0..<rank).contains($0) }) else {
      throw refusal(inputs, "axes \(axes) of \(rank)")
    }
    var rest = input.dimensions[...]
    return Shape((0..<rank).map { places.contains($0) ? 1 : rest.removeFirst() })
  }

  /// The same elements.
  package var traits: OperationTraits { [.affine, .identity, .movement] }
}

/// Axes in another order.
package struct Transpose: Operation {
  /// The name of the kind.
  package static let kind = "transpose"
  /// For each axis of the result, the axis that it was.
  package let permutation: [Int]

  /// A transposition.
  package init(_ permutation: [Int]) { self.permutation = permutation }

  /// The extents in the new order.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard permutation.sorted() == Array(0..<input.rank) else {
      throw refusal(inputs, "\(permutation) is not an order of its axes")
    }
    return Shape(permutation.map { input[$0] })
  }

  /// Affine.
  package var traits: OperationTraits { [.affine, .movement] }
}

extension Reshape {
  /// The same elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    inputs[0].viewed(as: try outputShape(of: [inputs[0].shape]))
  }

  /// The gradient under the input's shape.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [pass.gradient.viewed(as: pass.inputShapes[0])]
  }
}

extension Flatten {
  /// The same elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    inputs[0].viewed(as: try outputShape(of: [inputs[0].shape]))
  }

  /// The gradient under the input's shape.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [pass.gradient.viewed(as: pass.inputShapes[0])]
  }
}

extension Squeeze {
  /// The same elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    inputs[0].viewed(as: try outputShape(of: [inputs[0].shape]))
  }

  /// The gradient under the input's shape.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [pass.gradient.viewed(as: pass.inputShapes[0])]
  }
}

extension Unsqueeze {
  /// The same elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    inputs[0].viewed(as: try outputShape(of: [inputs[0].shape]))
  }

  /// The gradient under the input's shape.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [pass.gradient.viewed(as: pass.inputShapes[0])]
  }
}

extension Transpose {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// The elements in another order; none move where the layout has that order already.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    try moved(inputs[0], by: permutation, on: device)
  }

  /// The gradient in the input's order.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    var inverse = permutation
    for (place, axis) in permutation.enumerated() { inverse[axis] = place }
    return [try moved(pass.gradient, by: inverse, on: device)]
  }

  private func moved(_ value: Value, by permutation: [Int], on device: Device) throws -> Value {
    let shape = Shape(permutation.map { value.shape[$0] })
    let strides = permutation.map { value.strides[$0] }
    if strides == shape.strides { return value.viewed(as: shape) }
    let result = device.allocate(shape)
    cv_copy(
      Int32(shape.rank), shape.dimensions, value.pointer, strides, result.pointer, shape.strides)
    return result
  }
}
