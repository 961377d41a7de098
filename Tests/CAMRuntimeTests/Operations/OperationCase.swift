import CAMRuntime
import Testing

/// One operation on one input, with what is needed to check it.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let kind: String
  let note: String
  /// The input's shape for a batch of one.
  let shape: Shape
  /// The range of the input's values; nil for distinct values away from kinks.
  let range: ClosedRange<Float>?
  let build: @Sendable (inout GraphBuilder, NodeID) throws -> NodeID

  var testDescription: String { "\(kind) \(note)" }

  func graph() throws -> Graph {
    var builder = GraphBuilder()
    let input = try builder.input(shape: shape)
    let output = try build(&builder, input)
    return try builder.build(output: output)
  }

  func input(batch: Int, seed: UInt64 = 7) -> Tensor {
    var numbers = SeededNumbers(seed)
    guard let range else { return numbers.distinct(shape.withBatch(batch)) }
    return numbers.tensor(shape.withBatch(batch), range.lowerBound, range.upperBound)
  }
}

/// A case of an operation with one input.
func unary(
  _ operation: any Operation, _ shape: Shape, _ note: String = "", range: ClosedRange<Float>? = nil
) -> OperationCase {
  OperationCase(kind: operation.kind, note: note, shape: shape, range: range) { builder, input in
    try builder.add(operation, input)
  }
}

/// Cases of an operation with two inputs: the input and a constant, both ways round.
func binary(
  _ operation: any Operation, _ shape: Shape, with other: Shape, range: ClosedRange<Float>? = nil
) -> [OperationCase] {
  var numbers = SeededNumbers(41)
  let constant = numbers.tensor(other, 0.5, 1.5)
  return [
    OperationCase(kind: operation.kind, note: "with \(other) behind", shape: shape, range: range) {
      builder, input in
      let second = try builder.add(Constant(constant))
      return try builder.add(operation, input, second)
    },
    OperationCase(kind: operation.kind, note: "with \(other) before", shape: shape, range: range) {
      builder, input in
      let first = try builder.add(Constant(constant))
      return try builder.add(operation, first, input)
    },
  ]
}
