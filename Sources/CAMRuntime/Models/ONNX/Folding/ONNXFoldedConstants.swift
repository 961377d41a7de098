internal import ModelIO

/// Constants, ranges and casts.
enum ONNXFoldedConstants {
  static let rules: [String: ONNXFolding.Rule] = [
    "Constant": { view, _ throws(ONNXImportError) in [try constant(view)] },
    "ConstantOfShape": { view, inputs throws(ONNXImportError) in
      guard let shape = inputs.first?.knownIntegers else { return nil }
      let count = try ONNXFolding.count(shape, view)
      guard let raw = view.node.tensor("value") else { return [FoldedTensor(Tensor.zeros(Shape(shape)))] }
      return [try folded(raw, view).picking([Int](repeating: 0, count: count), shape: shape)]
    },
    "Range": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 3, inputs.allSatisfy({ $0.count == 1 }) else { return nil }
      if inputs.allSatisfy(\.isInteger) {
        // The numbers of the batch's entries: one element, which stands for every entry's.
        if inputs[0].knownIntegers == [0], inputs[2].knownIntegers == [1],
          inputs[1].symbolicIntegers == [SymbolicInteger(0, batches: 1)]
        {
          return [FoldedTensor(shape: [1], integers: [SymbolicInteger(0, entries: 1)])]
        }
        let numbers = inputs.compactMap { $0.knownIntegers?.first }
        guard numbers.count == 3, numbers[2] != 0 else {
          throw view.failure(.invalid("a range without steps"))
        }
        _ = try steps(numbers.map(Double.init), view)
        let values = Array(stride(from: numbers[0], to: numbers[1], by: numbers[2]))
        return [FoldedTensor(shape: [values.count], integers: values.map { SymbolicInteger($0) })]
      }
      let numbers = inputs.compactMap(\.scalar)
      guard numbers.count == 3, numbers[2] != 0 else { throw view.failure(.invalid("a range without steps")) }
      _ = try steps(numbers.map(Double.init), view)
      let values = Array(stride(from: numbers[0], to: numbers[1], by: numbers[2]))
      return [FoldedTensor(Tensor([values.count], values: values))]
    },
    "Cast": { view, inputs throws(ONNXImportError) in
      guard let value = inputs.first, let type = view.node.integer("to") else { return nil }
      return [try cast(value, to: type, view)]
    },
    "CastLike": { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2 else { return nil }
      return [try cast(inputs[0], to: inputs[1].isInteger ? 7 : 1, view)]
    },
    "Identity": { _, inputs throws(ONNXImportError) in inputs.first.map { [$0] } },
  ]

  /// How many numbers a range from the first to the second by the third has.
  private static func steps(_ range: [Double], _ view: ONNXNodeView) throws(ONNXImportError) -> Int {
    let count = ((range[1] - range[0]) / range[2]).rounded(.up)
    guard count.isFinite, count < Double(view.room) else {
      throw view.failure(.tooLarge("a range from \(range[0]) to \(range[1]) by \(range[2])", most: view.room))
    }
    return max(Int(count), 0)
  }

  private static func folded(_ raw: RawTensor, _ view: ONNXNodeView) throws(ONNXImportError) -> FoldedTensor {
    do throws(FormatError) { return try FoldedTensor(raw) } catch { throw view.failure(.invalid("\(error)")) }
  }

  private static func constant(_ view: ONNXNodeView) throws(ONNXImportError) -> FoldedTensor {
    let node = view.node
    if let raw = node.tensor("value") { return try folded(raw, view) }
    if let value = node.float("value_float") { return FoldedTensor(Tensor([], values: [value])) }
    if let values = node.floats("value_floats") {
      return FoldedTensor(Tensor([values.count], values: values))
    }
    if let value = node.integer("value_int") {
      return FoldedTensor(shape: [], integers: [SymbolicInteger(value)])
    }
    if let values = node.integers("value_ints") {
      return FoldedTensor(shape: [values.count], integers: values.map { SymbolicInteger($0) })
    }
    throw view.failure(.unsupported("a constant that is no dense tensor"))
  }

  /// To a number of TensorProto's element types: 9 is truth, 1, 10, 11 and 16 are floats, the rest integers.
  private static func cast(
    _ value: FoldedTensor, to type: Int, _ view: ONNXNodeView
  ) throws(ONNXImportError) -> FoldedTensor {
    if [1, 10, 11, 16].contains(type) {
      if value.isInteger, value.symbolicIntegers?.contains(where: { $0.known == nil }) == true {
        return value
      }
      guard let tensor = value.rounded else { throw view.failure(.invalid("a cast without a value")) }
      return FoldedTensor(tensor)
    }
    if value.isInteger, type != 9 { return value }
    let integers: [SymbolicInteger]
    switch value.content {
    case .integers(let values): integers = values.map { $0 == 0 ? 0 : 1 }
    case .floats(let tensor):
      integers = tensor.values.map { number in
        if type == 9 { return number == 0 ? 0 : 1 }
        return SymbolicInteger(Int(exactly: number.rounded(.towardZero)) ?? (number > 0 ? .max : .min))
      }
    }
    return FoldedTensor(shape: value.shape, integers: integers)
  }
}
