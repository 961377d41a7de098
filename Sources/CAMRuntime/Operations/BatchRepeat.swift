/// The first value, of one entry, repeated for each entry of the second: what is the same for all pictures, beside them.
package struct BatchRepeat: Operation {
  /// The name of the kind.
  package static let kind = "batch-repeat"

  /// The operation.
  package init() {}

  /// The first input's shape with the batch of the second.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else {
      throw .inputCount(kind: Self.kind, expected: "two inputs", found: inputs.count)
    }
    guard inputs[0].rank > 0, inputs[0][0] == 1, inputs[1].rank > 0 else {
      throw refusal(inputs, "it wants one entry and a batch")
    }
    return inputs[0].withBatch(inputs[1][0])
  }

  /// Affine.
  package var traits: OperationTraits { .affine }
}

extension BatchRepeat {
  /// The entry for each of the batch.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    device.expand(inputs[0], to: try outputShape(of: inputs.map(\.shape)))
  }

  /// The sum over the entries for what was repeated, nothing for what only counts them.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [pass.wanted[0] ? device.reduce(pass.gradient, toBroadcast: pass.inputShapes[0]) : nil, nil]
  }
}
