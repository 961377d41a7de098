internal import ModelIO

/// Where values lie along an axis: places of extremes, triangles, running sums.
enum ONNXRanks {
  static let importers: [String: ONNXOperatorImporter] = [
    "ArgMax": { view, net throws(ONNXImportError) in
      [try place(of: ReduceMax(axes: [try axis(view, net)]), view, &net)]
    },
    "ArgMin": { view, net throws(ONNXImportError) in
      [try place(of: ReduceMin(axes: [try axis(view, net)]), view, &net)]
    },
    "Trilu": { view, net throws(ONNXImportError) in [try triangle(view, &net)] },
    "CumSum": { view, net throws(ONNXImportError) in [try runningSum(view, &net)] },
  ]

  private static func axis(_ view: ONNXNodeView, _ net: ONNXAssembler) throws(ONNXImportError) -> Int {
    try ordinary(view.node.integer("axis") ?? 0, of: try view.input(0), view, net)
  }

  /// An axis whose extent does not depend on the batch.
  private static func ordinary(
    _ stated: Int, of value: ImportedValue, _ view: ONNXNodeView, _ net: ONNXAssembler
  ) throws(ONNXImportError) -> Int {
    let shape = net.symbolicShape(of: value)
    let axis = stated < 0 ? stated + shape.count : stated
    guard shape.indices.contains(axis) else { throw view.failure(.invalid("there is no axis \(stated)")) }
    guard let extent = shape[axis].known, extent < ExactIntegers.limit else {
      throw view.failure(.unsupported("places along the batch"))
    }
    return axis
  }

  /// The first or last place along an axis whose value is the extreme one.
  private static func place(
    of reduction: any Reduction, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0), axis = reduction.axes[0]
    let shape = net.shape(of: input), count = shape[axis]
    let extreme = try net.emit(reduction, [input], for: view, part: "extreme")
    let reaches = try net.emit(Compare(.equal), [input, extreme], for: view, part: "reaches")
    let ones = [Int](repeating: 1, count: shape.count - axis - 1)
    let places = number(Shape([count] + ones), (0..<count).map(Float.init))
    let takesLast = view.node.integer("select_last_index") == 1
    let none = number([], [takesLast ? -1 : Float(count)])
    let candidates = try net.emit(Where(), [reaches, places, none], for: view, part: "candidates")
    let keeps = view.node.integer("keepdims") ?? 1 != 0
    let choice: any Operation =
      takesLast
      ? ReduceMax(axes: [axis], keepsDimensions: keeps) : ReduceMin(axes: [axis], keepsDimensions: keeps)
    return try net.emit(choice, [candidates], for: view)
  }

  /// The elements of the last two axes on one side of a diagonal, zero on the other.
  private static func triangle(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    let rows = try ordinary(-2, of: input, view, net)
    _ = try ordinary(-1, of: input, view, net)
    let extents = Shape(Array(net.shape(of: input)[rows...]))
    _ = try ONNXFolding.count(extents.dimensions, view)
    let shift = try view.constant(1, "k")?.knownIntegers?.first ?? 0
    let isUpper = view.node.integer("upper") ?? 1 != 0
    let mask = (0..<extents.count).map { index -> Float in
      let distance = index % extents[1] - index / extents[1]
      return (isUpper ? distance >= shift : distance <= shift) ? 1 : 0
    }
    return try net.emit(Where(), [number(extents, mask), input, number([], [0])], for: view)
  }

  /// Sums of all elements up to each place: products with a triangle of ones.
  private static func runningSum(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let input = try view.input(0)
    guard let stated = try view.constant(1, "axis")?.knownIntegers?.first else {
      throw view.failure(.missing("'axis'"))
    }
    let axis = try ordinary(stated, of: input, view, net)
    let shape = net.shape(of: input), count = shape[axis]
    guard count <= 4096 else { throw view.failure(.unsupported("running sums of \(count) elements")) }
    let isReverse = view.node.integer("reverse") == 1
    let isExclusive = view.node.integer("exclusive") == 1
    let counts = (0..<count * count).map { index -> Float in
      let (from, to) = (index / count, index % count)
      if from == to { return isExclusive ? 0 : 1 }
      return (from < to) != isReverse ? 1 : 0
    }
    var order = Array(shape.indices)
    order.swapAt(axis, shape.count - 1)
    let last = try net.emit(Transpose(order), [input], for: view, part: "last")
    let rows = try net.emit(Unsqueeze(axes: [-2]), [last], for: view, part: "rows")
    let sums = try net.emit(MatMul(), [rows, number([count, count], counts)], for: view, part: "sums")
    let joined = try net.emit(Squeeze(axes: [-2]), [sums], for: view, part: "joined")
    return try net.emit(Transpose(order), [joined], for: view)
  }

  private static func number(_ shape: Shape, _ values: [Float]) -> ImportedValue {
    .constant(FoldedTensor(Tensor(shape, values: values)))
  }
}
