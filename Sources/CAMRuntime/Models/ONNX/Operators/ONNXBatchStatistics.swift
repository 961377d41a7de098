internal import ModelIO

/// Batch normalisation by the input's own mean and variance ("training mode").
///
/// Of pictures it would make each depend on the others of its batch. Exporters write it for weights that a net standardises,
/// and those are known.
enum ONNXBatchStatistics {
  /// The normalised value, and where they are wanted the mean and the variance that follow the stored ones.
  static func normalized(
    _ view: ONNXNodeView, _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> [ImportedValue] {
    if net.batchIsFree { throw view.failure(.unsupported("batch normalisation in training mode")) }
    let input = try view.input(0)
    let shape = net.shape(of: input)
    guard shape.count > 1 else { throw view.failure(.invalid("\(Shape(shape)) has no channels")) }
    let axes = shape.indices.filter { $0 != 1 }
    let mean = try net.emit(ReduceMean(axes: axes), [input], for: view, part: "mean")
    let centred = try net.emit(Subtract(), [input, mean], for: view, part: "centred")
    let squares = try net.emit(Multiply(), [centred, centred], for: view, part: "squares")
    let variance = try net.emit(ReduceMean(axes: axes), [squares], for: view, part: "variance")
    let epsilon = Scale(factor: 1, summand: ONNXNormalizations.epsilon(view))
    let shifted = try net.emit(epsilon, [variance], for: view, part: "shifted")
    let deviation = try net.emit(Sqrt(), [shifted], for: view, part: "deviation")
    let normal = try net.emit(Divide(), [centred, deviation], for: view, part: "normalised")
    let scaled = try net.emit(
      Multiply(), [normal, try perChannel(1, "scale", of: shape, view)], for: view, part: "scaled")
    var results = [try net.emit(Add(), [scaled, try perChannel(2, "B", of: shape, view)], for: view)]
    for (place, (name, found)) in [("input_mean", mean), ("input_var", variance)].enumerated()
    where view.wantsOutput(1) || view.wantsOutput(2) {
      results.append(try followed(place + 3, name, by: found, channels: shape[1], view, &net))
    }
    return results
  }

  private static func perChannel(
    _ index: Int, _ name: String, of shape: [Int], _ view: ONNXNodeView
  ) throws(ONNXImportError) -> ImportedValue {
    let values = try view.requiredTensor(index, name)
    guard values.count == shape[1] else {
      throw view.failure(.invalid("'\(name)' has \(values.count) numbers for \(shape[1]) channels"))
    }
    let ones = [Int](repeating: 1, count: shape.count - 2)
    return .constant(FoldedTensor(values.reshaped(Shape([shape[1]] + ones))))
  }

  /// The stored statistic times the momentum, plus the rest of the one that was found.
  private static func followed(
    _ index: Int, _ name: String, by found: ImportedValue, channels: Int, _ view: ONNXNodeView,
    _ net: inout ONNXAssembler
  ) throws(ONNXImportError) -> ImportedValue {
    let momentum = view.node.float("momentum") ?? 0.9
    let flat = try net.emit(Reshape([channels]), [found], for: view, part: "\(name)/flat")
    let share = try net.emit(Scale(factor: 1 - momentum), [flat], for: view, part: "\(name)/share")
    let stored = try view.requiredTensor(index, name)
    let kept = FoldedTensor(Tensor(stored.shape, values: stored.values.map { $0 * momentum }))
    return try net.emit(Add(), [share, .constant(kept)], for: view, part: name)
  }
}
