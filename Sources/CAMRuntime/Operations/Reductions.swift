internal import CVector

/// What a reduction makes of the elements it joins.
package enum ReductionFunction: Int32, Sendable {
  case sum, mean, maximum, minimum
}

/// An operation that joins all elements along some axes.
package protocol Reduction: Operation {
  /// What it makes of them.
  var function: ReductionFunction { get }
  /// The axes; all where empty.
  var axes: [Int] { get }
  /// Whether the axes stay with an extent of one.
  var keepsDimensions: Bool { get }
}

extension Reduction {
  /// The axes counted from the front.
  func resolvedAxes(of shape: Shape) throws(GraphError) -> Set<Int> {
    if axes.isEmpty { return Set(0..<shape.rank) }
    var result: Set<Int> = []
    for index in axes { result.insert(try axis(index, of: shape)) }
    return result
  }

  /// The extents without the axes, or with one in their place.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    let gone = try resolvedAxes(of: input)
    return Shape(
      (0..<input.rank).compactMap { axis in
        gone.contains(axis) ? (keepsDimensions ? 1 : nil) : input[axis]
      })
  }
}

/// The mean along axes.
package struct ReduceMean: Reduction {
  /// The name of the kind.
  package static let kind = "reduce-mean"
  /// The axes; all where empty.
  package let axes: [Int]
  /// Whether the axes stay with an extent of one.
  package let keepsDimensions: Bool

  /// A reduction.
  package init(axes: [Int], keepsDimensions: Bool = true) {
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  /// What it makes of them.
  package var function: ReductionFunction { .mean }

  /// What holds for it.
  package var traits: OperationTraits { .affine }
}

/// The sum along axes.
package struct ReduceSum: Reduction {
  /// The name of the kind.
  package static let kind = "reduce-sum"
  /// The axes; all where empty.
  package let axes: [Int]
  /// Whether the axes stay with an extent of one.
  package let keepsDimensions: Bool

  /// A reduction.
  package init(axes: [Int], keepsDimensions: Bool = true) {
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  /// What it makes of them.
  package var function: ReductionFunction { .sum }

  /// What holds for it.
  package var traits: OperationTraits { .affine }
}

/// The greatest value along axes.
package struct ReduceMax: Reduction {
  /// The name of the kind.
  package static let kind = "reduce-max"
  /// The axes; all where empty.
  package let axes: [Int]
  /// Whether the axes stay with an extent of one.
  package let keepsDimensions: Bool

  /// A reduction.
  package init(axes: [Int], keepsDimensions: Bool = true) {
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  /// What it makes of them.
  package var function: ReductionFunction { .maximum }

  /// What holds for it.
  package var traits: OperationTraits { .piecewiseLinear }
}

/// The least value along axes.
package struct ReduceMin: Reduction {
  /// The name of the kind.
  package static let kind = "reduce-min"
  /// The axes; all where empty.
  package let axes: [Int]
  /// Whether the axes stay with an extent of one.
  package let keepsDimensions: Bool

  /// A reduction.
  package init(axes: [Int], keepsDimensions: Bool = true) {
    self.axes = axes
    self.keepsDimensions = keepsDimensions
  }

  /// What it makes of them.
  package var function: ReductionFunction { .minimum }

  /// What holds for it.
  package var traits: OperationTraits { .piecewiseLinear }
}

extension Reduction {
  /// Any layout does.
  package var operandOrder: OperandOrder { .uniform }

  /// The joined elements.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let input = inputs[0]
    let reduced = device.reduce(function, input, axes: try resolvedAxes(of: input.shape))
    guard !keepsDimensions else { return reduced }
    return device.value(reduced, as: .rowMajor).viewed(as: try outputShape(of: [input.shape]))
  }

  /// The gradient spread over what was joined; for extremes, over those that reach them.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let whole = pass.inputShapes[0]
    let axes = try resolvedAxes(of: whole)
    var shape = whole
    for axis in axes { shape[axis] = 1 }
    // Under another rank the elements keep their order only as rows.
    let gradient =
      keepsDimensions ? pass.gradient : device.value(pass.gradient, as: .rowMajor).viewed(as: shape)
    switch function {
    case .sum: return [device.expand(gradient, to: whole)]
    case .mean:
      let share = Float(shape.count) / Float(max(1, whole.count))
      return [device.expand(device.map(gradient, ElementwiseFunction(.scale, share)), to: whole)]
    case .maximum, .minimum:
      let input = pass.inputs[0]
      let value = device.reduce(function, input, axes: axes)
      let wins = device.combine(Int32(cv_equal), input, value, to: input.shape)
      let count = device.reduce(.sum, wins, axes: axes)
      let divide = BinaryFunction.divide.rawValue, multiply = BinaryFunction.multiply.rawValue
      let share = device.combine(divide, gradient, count, to: shape)
      return [device.combine(multiply, wins, share, to: input.shape)]
    }
  }
}
