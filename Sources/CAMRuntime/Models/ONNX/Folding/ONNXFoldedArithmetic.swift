internal import Glibc
internal import ModelIO

/// Element-wise arithmetic, comparisons and logic on known values, with broadcasting.
enum ONNXFoldedArithmetic {
  static let rules: [String: ONNXFolding.Rule] = [
    "Add": binary({ $0 + $1 }, { $0 + $1 }),
    "Sub": binary({ $0 - $1 }, { $0 - $1 }),
    "Mul": binary({ $0 * $1 }, { $0 * $1 }),
    "Div": binary({ $0 / $1 }, { $0 / $1 }),
    "Mod": binary({ known($0, $1) { $1 == 0 ? nil : (($0 % $1) + $1) % $1 } }, { _, _ in .nan }),
    "Min": binary({ known($0, $1) { min($0, $1) } }, { min($0, $1) }),
    "Max": binary({ known($0, $1) { max($0, $1) } }, { max($0, $1) }),
    "Equal": comparison({ $0 == $1 }, { $0 == $1 }),
    "Less": comparison({ less($0, $1) }, { $0 < $1 }),
    "Greater": comparison({ less($1, $0) }, { $0 > $1 }),
    "LessOrEqual": comparison({ less($1, $0).map { !$0 } }, { $0 <= $1 }),
    "GreaterOrEqual": comparison({ less($0, $1).map { !$0 } }, { $0 >= $1 }),
    "And": binary({ known($0, $1) { $0 != 0 && $1 != 0 ? 1 : 0 } }, { _, _ in .nan }),
    "Or": binary({ known($0, $1) { $0 != 0 || $1 != 0 ? 1 : 0 } }, { _, _ in .nan }),
    "Not": unary({ SymbolicInteger($0 == 0 ? 1 : 0) }, { $0 == 0 ? 1 : 0 }),
    "Neg": unary({ SymbolicInteger(0) - $0 }, { -$0 }),
    "Abs": unary({ $0.known.map { SymbolicInteger(abs($0)) } }, { abs($0) }),
    "Sqrt": unary({ _ in nil }, { $0.squareRoot() }),
    "Sin": unary({ _ in nil }, { sinf($0) }),
    "Cos": unary({ _ in nil }, { cosf($0) }),
    "Floor": unary({ $0 }, { $0.rounded(.down) }),
    "Ceil": unary({ $0 }, { $0.rounded(.up) }),
    "Reciprocal": unary({ _ in nil }, { 1 / $0 }),
    "Where": { view, inputs throws(ONNXImportError) in try choose(view, inputs) },
  ]

  private typealias Integers = @Sendable (SymbolicInteger, SymbolicInteger) -> SymbolicInteger?
  private typealias Floats = @Sendable (Float, Float) -> Float

  private static func known(
    _ left: SymbolicInteger, _ right: SymbolicInteger, _ body: (Int, Int) -> Int?
  ) -> SymbolicInteger? {
    guard let left = left.known, let right = right.known else { return nil }
    return body(left, right).map { SymbolicInteger($0) }
  }

  private static func less(_ left: SymbolicInteger, _ right: SymbolicInteger) -> Bool? {
    let difference = left - right
    return difference.known.map { $0 < 0 }
  }

  private static func binary(_ integers: @escaping Integers, _ floats: @escaping Floats) -> ONNXFolding.Rule {
    { view, inputs throws(ONNXImportError) in
      guard let first = inputs.first, inputs.count >= 1 else { return nil }
      var result = first
      for other in inputs.dropFirst() {
        guard let next = try combined(result, other, view, integers, floats) else { return nil }
        result = next
      }
      return [result]
    }
  }

  private static func comparison(
    _ integers: @escaping @Sendable (SymbolicInteger, SymbolicInteger) -> Bool?,
    _ floats: @escaping @Sendable (Float, Float) -> Bool
  ) -> ONNXFolding.Rule {
    { view, inputs throws(ONNXImportError) in
      guard inputs.count == 2,
        let result = try combined(
          inputs[0], inputs[1], view, { integers($0, $1).map { $0 ? 1 : 0 } }, { floats($0, $1) ? 1 : 0 }),
        let truths = result.symbolicIntegers
      else { return nil }
      return [FoldedTensor(shape: result.shape, integers: truths)]
    }
  }

  private static func combined(
    _ left: FoldedTensor, _ right: FoldedTensor, _ view: ONNXNodeView, _ integers: Integers, _ floats: Floats
  ) throws(ONNXImportError) -> FoldedTensor? {
    guard let shape = Shape(left.shape).broadcast(with: Shape(right.shape))?.dimensions else {
      throw view.failure(.invalid("\(Shape(left.shape)) and \(Shape(right.shape)) do not broadcast"))
    }
    let count = try ONNXFolding.count(shape, view)
    let leftPlaces = Broadcasting.places(of: left.shape, in: shape)
    let rightPlaces = Broadcasting.places(of: right.shape, in: shape)
    if case .integers(let leftValues) = left.content, case .integers(let rightValues) = right.content {
      var result: [SymbolicInteger] = []
      for index in 0..<count {
        guard let value = integers(leftValues[leftPlaces[index]], rightValues[rightPlaces[index]]) else {
          return nil
        }
        result.append(value)
      }
      return FoldedTensor(shape: shape, integers: result)
    }
    guard let leftValues = left.tensor?.values, let rightValues = right.tensor?.values else { return nil }
    let values = (0..<count).map { floats(leftValues[leftPlaces[$0]], rightValues[rightPlaces[$0]]) }
    return FoldedTensor(Tensor(Shape(shape), values: values))
  }

  private static func unary(
    _ integers: @escaping @Sendable (SymbolicInteger) -> SymbolicInteger?,
    _ floats: @escaping @Sendable (Float) -> Float
  ) -> ONNXFolding.Rule {
    { _, inputs throws(ONNXImportError) in
      guard let input = inputs.first else { return nil }
      switch input.content {
      case .integers(let values):
        let results = values.compactMap(integers)
        return results.count == values.count ? [FoldedTensor(shape: input.shape, integers: results)] : nil
      case .floats(let tensor):
        return [FoldedTensor(Tensor(tensor.shape, values: tensor.values.map(floats)))]
      }
    }
  }

  private static func choose(
    _ view: ONNXNodeView, _ inputs: [FoldedTensor]
  ) throws(ONNXImportError) -> [FoldedTensor]? {
    guard inputs.count == 3, let condition = inputs[0].knownIntegers,
      let joined = Shape(inputs[1].shape).broadcast(with: Shape(inputs[2].shape)),
      let shape = joined.broadcast(with: Shape(inputs[0].shape))?.dimensions,
      inputs[1].isInteger == inputs[2].isInteger
    else { return nil }
    let count = try ONNXFolding.count(shape, view)
    let places = inputs.map { Broadcasting.places(of: $0.shape, in: shape) }
    let picks = (0..<count).map { condition[places[0][$0]] != 0 }
    if let yes = inputs[1].symbolicIntegers, let no = inputs[2].symbolicIntegers, inputs[1].isInteger {
      let values = (0..<count).map { picks[$0] ? yes[places[1][$0]] : no[places[2][$0]] }
      return [FoldedTensor(shape: shape, integers: values)]
    }
    guard let yes = inputs[1].tensor?.values, let no = inputs[2].tensor?.values else { return nil }
    let values = (0..<count).map { picks[$0] ? yes[places[1][$0]] : no[places[2][$0]] }
    return [FoldedTensor(Tensor(Shape(shape), values: values))]
  }
}

/// Which element of a value each element of a broadcast result comes from.
enum Broadcasting {
  static func places(of shape: [Int], in result: [Int]) -> [Int] {
    let offset = result.count - shape.count
    let strides = Shape(shape).strides
    var places = [0]
    for (axis, extent) in result.enumerated() {
      let step = axis >= offset && shape[axis - offset] > 1 ? strides[axis - offset] : 0
      places = places.flatMap { place in (0..<extent).map { place + $0 * step } }
    }
    return places
  }
}
