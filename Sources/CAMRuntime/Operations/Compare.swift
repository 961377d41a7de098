internal import CVector

/// One where a relation holds between two values, zero elsewhere, broadcast.
package struct Compare: Operation {
  /// What may hold between two numbers; nothing does where one is not a number.
  package enum Relation: Sendable {
    case less, lessOrEqual, greater, greaterOrEqual, equal
  }

  /// The name of the kind.
  package static let kind = "compare"
  /// The relation.
  package let relation: Relation

  /// A comparison.
  package init(_ relation: Relation) { self.relation = relation }

  /// The broadcast shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 2 else {
      throw .inputCount(kind: Self.kind, expected: "two inputs", found: inputs.count)
    }
    return try broadcast(inputs)
  }

  /// What holds for it; its slope is zero wherever it has one.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

/// The second value where the first is not zero, the third elsewhere, broadcast.
package struct Where: Operation {
  /// The name of the kind.
  package static let kind = "where"

  /// The operation.
  package init() {}

  /// The broadcast shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    guard inputs.count == 3 else {
      throw .inputCount(kind: Self.kind, expected: "three inputs", found: inputs.count)
    }
    return try broadcast(inputs)
  }

  /// What holds for it.
  package var traits: OperationTraits { [.elementwise, .channelLocal, .piecewiseLinear] }
}

extension Operation {
  fileprivate func broadcast(_ inputs: [Shape]) throws(GraphError) -> Shape {
    var result = inputs[0]
    for input in inputs.dropFirst() {
      guard let shape = result.broadcast(with: input) else {
        throw refusal(inputs, "the extents do not broadcast")
      }
      result = shape
    }
    return result
  }
}

extension Compare {
  /// Any layout does, if both have it.
  package var operandOrder: OperandOrder { .uniform }

  /// Slopes are zero wherever the inputs lie.
  package var readsInputs: Bool { false }

  /// One or zero for each pair.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let code =
      switch relation {
      case .less: cv_less
      case .lessOrEqual: cv_less_or_equal
      case .greater: cv_greater
      case .greaterOrEqual: cv_greater_or_equal
      case .equal: cv_equal
      }
    let shape = try outputShape(of: inputs.map(\.shape))
    return device.combine(Int32(code), inputs[0], inputs[1], to: shape)
  }

  /// Nothing passes.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] { [nil, nil] }
}

extension Where {
  /// Any layout does, if all have it.
  package var operandOrder: OperandOrder { .uniform }

  /// The second choice, before it is added to the first.
  package func floatsBeside(_ inputs: [Shape], output: Shape, on device: Device) throws -> Int {
    output.count
  }

  /// Of each place the value that was chosen; the other one may be infinite or no number.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    let shape = try outputShape(of: inputs.map(\.shape))
    let result = device.combine(Int32(cv_keep), inputs[1], inputs[0], to: shape)
    device.accumulate(device.combine(Int32(cv_drop), inputs[2], inputs[0], to: shape), into: result)
    return result
  }

  /// The gradient to whichever value was chosen; the choice itself has none.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    let condition = pass.inputs[0]
    return [nil]
      + [(1, cv_keep), (2, cv_drop)].map { place, code in
        guard pass.wanted[place] else { return nil }
        let part = device.combine(Int32(code), pass.gradient, condition, to: pass.gradient.shape)
        return device.reduce(part, toBroadcast: pass.inputShapes[place])
      }
  }
}
