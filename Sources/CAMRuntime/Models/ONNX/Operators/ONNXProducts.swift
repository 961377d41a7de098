internal import ModelIO

/// Matrix products; a product with known weights becomes a linear layer.
enum ONNXProducts {
  static let importers: [String: ONNXOperatorImporter] = [
    "Gemm": { view, net throws(ONNXImportError) in [try gemm(view, &net)] },
    "MatMul": { view, net throws(ONNXImportError) in [try product(view, &net)] },
  ]

  private static func gemm(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let (alpha, beta) = (view.node.float("alpha") ?? 1, view.node.float("beta") ?? 1)
    var left = try view.input(0)
    if view.node.integer("transA") == 1 {
      left = try net.emit(Transpose([1, 0]), [left], for: view, part: "transposed")
    }
    let transposes = view.node.integer("transB") == 1
    if case .constant(let folded) = try view.input(1), let matrix = folded.tensor, folded.shape.count == 2 {
      let weight = (transposes ? matrix : matrix.transposed()).scaled(by: alpha)
      let bias = try biasVector(view, count: weight.shape[0])?.scaled(by: beta)
      if view.optionalInput(2) == nil || bias != nil {
        return try net.emit(Linear(weight: weight, bias: bias), [left], for: view)
      }
      let sum = try net.emit(Linear(weight: weight), [left], for: view, part: "product")
      return try plus(sum, beta, view, &net)
    }
    var right = try view.input(1)
    if transposes { right = try net.emit(Transpose([1, 0]), [right], for: view, part: "transposed") }
    let hasSum = view.optionalInput(2) != nil
    var value = try net.emit(
      MatMul(), [left, right], for: view, part: hasSum || alpha != 1 ? "product" : nil)
    if alpha != 1 {
      value = try net.emit(Scale(factor: alpha), [value], for: view, part: hasSum ? "scaled" : nil)
    }
    return hasSum ? try plus(value, beta, view, &net) : value
  }

  private static func plus(
    _ value: ImportedValue, _ beta: Float, _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    var summand = try view.input(2)
    if beta != 1 { summand = try net.emit(Scale(factor: beta), [summand], for: view, part: "summand") }
    return try net.emit(Add(), [value, summand], for: view)
  }

  /// The third input as one number for each output; nil where it is left out or is more than that.
  private static func biasVector(_ view: ONNXNodeView, count: Int) throws(ONNXImportError) -> Tensor? {
    guard case .constant(let folded)? = view.optionalInput(2), let tensor = folded.tensor else { return nil }
    if tensor.count == 1 { return Tensor.filled([count], with: tensor.values[0]) }
    guard tensor.count == count, folded.shape.last == count else { return nil }
    return tensor.reshaped([count])
  }

  private static func product(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let left = try view.input(0)
    guard case .constant(let folded) = try view.input(1), folded.shape.count == 2, let matrix = folded.tensor
    else { return try net.emit(MatMul(), [left, try view.input(1)], for: view) }
    let weight = matrix.transposed()
    if let (sumName, bias) = followingBias(of: view, count: weight.shape[0], in: net) {
      let value = try net.emit(Linear(weight: weight, bias: bias), [left], for: view, name: sumName)
      net.absorb(sumName, as: value)
      return [value][0]
    }
    return try net.emit(Linear(weight: weight), [left], for: view)
  }

  /// The bias that the only reader of a product adds, and the sum's name.
  private static func followingBias(
    of view: ONNXNodeView, count: Int, in net: ONNXAssembler
  ) -> (name: String, bias: Tensor)? {
    guard let reader = net.soleReader(of: view.valueName), reader.operation == "Add",
      reader.inputs.count == 2,
      let sum = reader.outputs.first,
      let other = reader.inputs.first(where: { $0 != view.valueName }),
      case .constant(let folded)? = net.values[other], folded.shape == [count], let bias = folded.tensor
    else { return nil }
    return (sum, bias)
  }
}

extension Tensor {
  /// A matrix with rows and columns exchanged.
  func transposed() -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return Tensor([columns, rows]) { target in
      withValues { source in
        for row in 0..<rows {
          for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
      }
    }
  }

  /// Every element times a factor.
  func scaled(by factor: Float) -> Tensor {
    factor == 1 ? self : Tensor(shape, values: values.map { $0 * factor })
  }
}
