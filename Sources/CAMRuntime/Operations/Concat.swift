internal import CVector

/// Values behind one another along an axis.
package struct Concat: Operation {
  /// The name of the kind.
  package static let kind = "concat"
  /// The axis.
  package let axis: Int

  /// A concatenation.
  package init(axis: Int = 1) { self.axis = axis }

  /// The extents along the axis add up.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard let first = inputs.first else {
      throw .inputCount(kind: Self.kind, expected: "one input or more", found: 0)
    }
    let axis = try axis(axis, of: first)
    var result = first
    for input in inputs.dropFirst() {
      guard input.rank == first.rank else { throw refusal(inputs, "the ranks differ") }
      var other = input
      other[axis] = first[axis]
      guard other == first else { throw refusal(inputs, "extents besides axis \(axis) differ") }
      result[axis] += input[axis]
    }
    return result
  }

  /// Affine.
  package var traits: OperationTraits { [.affine, .movement] }
}

/// A regular part of a value, as ONNX' Slice has it (an ONNX Split is several of these).
package struct Slice: Operation {
  /// The name of the kind.
  package static let kind = "slice"
  /// Where each axis starts; negative counts from the end.
  package let starts: [Int]
  /// Where each axis ends, not included; negative counts from the end.
  package let ends: [Int]
  /// The axes.
  package let axes: [Int]
  /// The steps, not zero.
  package let steps: [Int]

  /// A slice; without axes the first ones, without steps all elements between.
  package init(starts: [Int], ends: [Int], axes: [Int]? = nil, steps: [Int]? = nil) {
    self.starts = starts
    self.ends = ends
    self.axes = axes ?? Array(starts.indices)
    self.steps = steps ?? [Int](repeating: 1, count: starts.count)
  }

  /// The first element, step and count along each axis.
  func ranges(of shape: Shape) throws(GraphError) -> [(start: Int, step: Int, count: Int)] {
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw refusal([shape], "starts, ends, axes and steps differ in number")
    }
    var result = shape.dimensions.map { (start: 0, step: 1, count: $0) }
    for place in starts.indices {
      let axis = try axis(axes[place], of: shape)
      let extent = shape[axis], step = steps[place]
      guard step != 0, step > Int.min else { throw refusal([shape], "a step of \(step)") }
      func absolute(_ index: Int) -> Int { index < 0 ? index &+ extent : index }
      let low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1
      let start = min(max(absolute(starts[place]), max(low, 0)), high)
      // A negative step may end before the first element, which only an end below -extent can say.
      let end =
        ends[place] < 0 && ends[place] < -extent ? low : min(max(absolute(ends[place]), low), high)
      let span = step > 0 ? end - start : start - end
      result[axis] = (start, step, span <= 0 ? 0 : (span - 1) / abs(step) + 1)
    }
    return result
  }

  /// The number of elements picked along each axis.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    Shape(try ranges(of: try single(inputs)).map(\.count))
  }

  /// Affine.
  package var traits: OperationTraits { [.affine, .movement] }
}

extension Concat {
  /// Any layout does, if all have it.
  package var operandOrder: OperandOrder { .uniform }

  /// The inputs behind one another.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let shape = try outputShape(of: inputs.map(\.shape))
    let result = device.allocate(shape, inputs[0].layout)
    let axis = try axis(axis, of: shape)
    var offset = 0
    for input in inputs {
      device.copy(input, to: result, at: offset * result.strides[axis])
      offset += input.shape[axis]
    }
    return result
  }

  /// Each input's part of the gradient.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let axis = try axis(axis, of: pass.shape)
    var offset = 0
    return pass.inputShapes.indices.map { place in
      let shape = pass.inputShapes[place]
      defer { offset += shape[axis] }
      guard pass.wanted[place] else { return nil }
      let part = device.allocate(shape, pass.gradient.layout)
      let order = part.layout.axes(of: part.shape.rank), from = pass.gradient.strides, to = part.strides
      cv_copy(
        Int32(order.count), order.map { part.shape[$0] }, pass.gradient.pointer + offset * from[axis],
        order.map { from[$0] }, part.pointer, order.map { to[$0] })
      return part
    }
  }
}

extension Device {
  /// Copies a value into a part of another of the same layout.
  func copy(_ value: Value, to target: Value, at offset: Int) {
    let order = target.layout.axes(of: value.shape.rank), from = value.strides, to = target.strides
    cv_copy(
      Int32(order.count), order.map { value.shape[$0] }, value.pointer, order.map { from[$0] },
      target.pointer + offset, order.map { to[$0] })
  }
}

extension Slice {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// The picked elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0], ranges = try ranges(of: input.shape)
    let result = device.allocate(Shape(ranges.map(\.count)), input.layout)
    let (base, steps) = walk(input, ranges)
    let order = result.layout.axes(of: ranges.count), to = result.strides
    cv_copy(
      Int32(order.count), order.map { ranges[$0].count }, input.pointer + base, order.map { steps[$0] },
      result.pointer, order.map { to[$0] })
    return result
  }

  /// The gradient at the picked elements, zero elsewhere.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let shape = pass.inputShapes[0], ranges = try ranges(of: shape)
    let result = device.zeros(shape, pass.gradient.layout)
    let (base, steps) = walk(result, ranges)
    let order = result.layout.axes(of: ranges.count), from = pass.gradient.strides
    cv_copy(
      Int32(order.count), order.map { ranges[$0].count }, pass.gradient.pointer, order.map { from[$0] },
      result.pointer + base, order.map { steps[$0] })
    return [result]
  }

  private func walk(_ value: Value, _ ranges: [(start: Int, step: Int, count: Int)]) -> (Int, [Int]) {
    let strides = value.strides
    let base = ranges.indices.reduce(0) { $0 + ranges[$1].start * strides[$1] }
    return (base, ranges.indices.map { ranges[$0].step * strides[$0] })
  }
}
