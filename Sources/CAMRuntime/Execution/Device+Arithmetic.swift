internal import CVector

extension Value {
  /// Strides in elements of the logical axes.
  var strides: [Int] {
    guard layout == .channelsLast else { return shape.strides }
    let channels = shape[1], width = shape[3]
    return [shape[2] * width * channels, 1, width * channels, channels]
  }

  /// Strides with which the value repeats over `extents`, axes aligned at the end.
  func broadcastStrides(over target: Shape) -> [Int] {
    let missing = target.rank - shape.rank
    let own = strides
    return (0..<target.rank).map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }
}

extension Layout {
  /// The logical axes in the order of memory.
  func axes(of rank: Int) -> [Int] {
    self == .channelsLast && rank == 4 ? [0, 2, 3, 1] : Array(0..<rank)
  }
}

/// Arithmetic that operations share; operands of one call lie in one layout.
extension Device {
  /// f(x), element by element.
  func map(_ value: Value, _ function: ElementwiseFunction) -> Value {
    let result = allocate(value.shape, value.layout)
    cv_unary(
      function.formula.rawValue, function.alpha, function.beta, value.pointer, result.pointer,
      value.count)
    return result
  }

  /// f(a, b) after broadcasting to `shape`.
  func combine(_ function: Int32, _ left: Value, _ right: Value, to shape: Shape) -> Value {
    let layout: Layout =
      left.layout == .channelsLast || right.layout == .channelsLast ? .channelsLast : .rowMajor
    let result = allocate(shape, layout)
    let axes = result.layout.axes(of: shape.rank)
    let a = left.broadcastStrides(over: shape), b = right.broadcastStrides(over: shape)
    cv_binary(
      function, Int32(shape.rank), axes.map { shape[$0] }, left.pointer, axes.map { a[$0] },
      right.pointer, axes.map { b[$0] }, result.pointer)
    return result
  }

  /// Adds a value to another of the same shape and layout, in place.
  func accumulate(_ value: Value, into target: Value) {
    cv_accumulate(value.pointer, target.pointer, value.count)
  }

  /// Joins the elements along some axes; the result has an extent of one there.
  func reduce(_ function: ReductionFunction, _ value: Value, axes joined: Set<Int>) -> Value {
    var shape = value.shape
    for axis in joined { shape[axis] = 1 }
    let result = allocate(shape, value.layout)
    let strides = value.strides
    let order = result.layout.axes(of: shape.rank)
    let kept = order.filter { !joined.contains($0) }
    let gone = order.filter(joined.contains)
    cv_reduce(
      function.rawValue, Int32(kept.count), kept.map { value.shape[$0] }, kept.map { strides[$0] },
      Int32(gone.count), gone.map { value.shape[$0] }, gone.map { strides[$0] }, value.pointer,
      result.pointer)
    return result
  }

  /// The sum of a broadcast value's gradient over what it was broadcast over.
  func reduce(_ gradient: Value, toBroadcast shape: Shape) -> Value {
    let missing = gradient.shape.rank - shape.rank
    var joined = Set(0..<missing)
    for axis in 0..<shape.rank where shape[axis] == 1 && gradient.shape[axis + missing] != 1 {
      joined.insert(axis + missing)
    }
    guard !joined.isEmpty else { return gradient }
    let reduced = reduce(.sum, gradient, axes: joined)
    return missing == 0 ? reduced : value(reduced, as: .rowMajor).viewed(as: shape)
  }

  /// A value repeated over a larger shape.
  func expand(_ value: Value, to shape: Shape) -> Value {
    if value.shape == shape { return value }
    let result = allocate(shape, value.layout)
    let axes = result.layout.axes(of: shape.rank)
    let from = value.broadcastStrides(over: shape), to = result.strides
    cv_copy(
      Int32(shape.rank), axes.map { shape[$0] }, value.pointer, axes.map { from[$0] }, result.pointer,
      axes.map { to[$0] })
    return result
  }

  /// A value of zeros.
  func zeros(_ shape: Shape, _ layout: Layout) -> Value {
    let result = allocate(shape, layout)
    result.pointer.update(repeating: 0, count: result.count)
    return result
  }
}
