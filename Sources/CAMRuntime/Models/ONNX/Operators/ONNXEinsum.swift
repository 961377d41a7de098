internal import ModelIO

/// Sums of products by Einstein's convention, of one value or two.
enum ONNXEinsum {
  static let importers: [String: ONNXOperatorImporter] = [
    "Einsum": { view, net throws(ONNXImportError) in
      guard let text = view.node.string("equation") else { throw view.failure(.missing("'equation'")) }
      let equation = try Equation(text, view)
      for (place, letters) in equation.inputs.enumerated() {
        guard case .node = try view.input(place), let first = letters.first else { continue }
        guard equation.output.contains(first) else {
          throw view.failure(.unsupported("a sum over the batch"))
        }
      }
      return [try equation.inputs.count == 1 ? single(equation, view, &net) : product(equation, view, &net)]
    }
  ]

  /// The letters of the operands' axes and of the result's.
  private struct Equation {
    var inputs: [[Character]]
    var output: [Character]

    init(_ text: String, _ view: ONNXNodeView) throws(ONNXImportError) {
      let letters = Array(text.filter { $0 != " " })
      let arrow = letters.firstIndex(of: "-") ?? letters.count
      inputs = letters[..<arrow].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
      let all = inputs.flatMap { $0 }
      if arrow < letters.count {
        guard arrow + 1 < letters.count, letters[arrow + 1] == ">" else {
          throw view.failure(.invalid("the equation '\(text)'"))
        }
        output = Array(letters[(arrow + 2)...])
      } else {
        output = all.filter { letter in all.filter { $0 == letter }.count == 1 }.sorted()
      }
      guard inputs.count == view.inputs.count, (1...2).contains(inputs.count) else {
        throw view.failure(.unsupported("\(inputs.count) operands in '\(text)' (one and two are)"))
      }
      guard all.allSatisfy({ $0.isLetter && $0.isASCII }), Set(output).isSubset(of: all),
        (inputs + [output]).allSatisfy({ Set($0).count == $0.count })
      else { throw view.failure(.unsupported("the equation '\(text)'")) }
    }
  }

  private static func single(
    _ equation: Equation, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let kept = try summed(0, equation.inputs[0].filter(equation.output.contains), equation, view, &net)
    let letters = equation.inputs[0].filter(equation.output.contains)
    return try ordered(kept, letters, equation.output, part: nil, view, &net)
  }

  /// Products of matrices `[shared..., rows, joined]` and `[shared..., joined, columns]`.
  private static func product(
    _ equation: Equation, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let (left, right) = (equation.inputs[0], equation.inputs[1])
    let shared = equation.output.filter { left.contains($0) && right.contains($0) }
    let joined = left.filter { right.contains($0) && !equation.output.contains($0) }
    let rows = left.filter { equation.output.contains($0) && !right.contains($0) }
    let columns = right.filter { equation.output.contains($0) && !left.contains($0) }
    let first = try matrix(0, shared, rows, joined, equation, view, &net)
    let second = try matrix(1, shared, joined, columns, equation, view, &net)
    let value = try net.emit(MatMul(), [first, second], for: view, part: "product")
    let extents = try extents(equation, view, net)
    let places = [Int](repeating: 0, count: shared.count)
    let split = try net.emit(
      Reshape(places + (rows + columns).map { extents[$0]?.known ?? -1 }), [value], for: view, part: "split")
    return try ordered(split, shared + rows + columns, equation.output, part: nil, view, &net)
  }

  /// An operand as matrices.
  private static func matrix(
    _ place: Int, _ shared: [Character], _ rows: [Character], _ columns: [Character], _ equation: Equation,
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let letters = shared + rows + columns
    let kept = equation.inputs[place].filter(letters.contains)
    let value = try summed(place, kept, equation, view, &net)
    let turned = try ordered(value, kept, letters, part: "operand\(place)", view, &net)
    let extents = try extents(equation, view, net)
    func count(_ letters: [Character]) -> Int {
      letters.reduce(1) { product, letter in
        guard product >= 0, let extent = extents[letter]?.known else { return -1 }
        return product.multipliedReportingOverflow(by: extent).partialValue
      }
    }
    let places = [Int](repeating: 0, count: shared.count)
    return try net.emit(
      Reshape(places + [count(rows), count(columns)]), [turned], for: view, part: "matrix\(place)")
  }

  /// The extent of each letter; where an operand has one, it repeats along the other's, which is not written out here.
  private static func extents(
    _ equation: Equation, _ view: ONNXNodeView, _ net: ONNXAssembler
  ) throws(ONNXImportError) -> [Character: SymbolicInteger] {
    var extents: [Character: SymbolicInteger] = [:]
    for (place, letters) in equation.inputs.enumerated() {
      let shape = net.symbolicShape(of: try view.input(place))
      guard shape.count == letters.count else {
        throw view.failure(.invalid("'\(String(letters))' stands for \(shape.count) axes"))
      }
      for (letter, extent) in zip(letters, shape) {
        guard extents[letter] == nil || extents[letter] == extent else {
          throw view.failure(.unsupported("'\(letter)' stands for different extents"))
        }
        extents[letter] = extent
      }
    }
    return extents
  }

  /// An operand without the axes that only it has and the result has not.
  private static func summed(
    _ place: Int, _ kept: [Character], _ equation: Equation, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    _ = try extents(equation, view, net)
    let letters = equation.inputs[place]
    let gone = letters.indices.filter { !kept.contains(letters[$0]) }
    let input = try view.input(place)
    if gone.isEmpty { return input }
    return try net.emit(
      ReduceSum(axes: gone, keepsDimensions: false), [input], for: view, part: "sum\(place)")
  }

  private static func ordered(
    _ value: ImportedValue, _ letters: [Character], _ wanted: [Character], part: String?,
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let order = wanted.compactMap(letters.firstIndex)
    return try net.emit(Transpose(order), [value], for: view, part: part)
  }
}
