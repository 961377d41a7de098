internal import ModelIO

/// Layers and operations that put values together.
enum KerasArithmetic {
  static let importers: [String: KerasLayerImporter] = [
    // In HDF5 files `x + 1` stands as a layer too.
    "Add": operation("add"), "Multiply": operation("multiply"), "Subtract": operation("subtract"),
    "TrueDivide": operation("divide"), "Divide": operation("divide"), "Maximum": merge(Maximum()),
    "Minimum": merge(Minimum()), "Average": average, "Concatenate": concatenate, "Merge": oldMerge,
    "CustomScaleLayer": scaledSum,
    "ops.Add": operation("add"), "ops.Subtract": operation("subtract"), "ops.Multiply": operation("multiply"),
    "ops.TrueDivide": operation("divide"), "ops.Divide": operation("divide"), "TFOpLambda": lambda,
    "TensorFlowOpLayer": lambda,
  ]

  /// Joins values two by two.
  private static func merge<Joined: Operation>(_ operation: Joined) -> KerasLayerImporter {
    { (net, call) throws(KerasImportError) in
      guard call.numbers.isEmpty, call.inputs.count >= 2 else {
        throw call.error(.invalid("it joins \(call.inputs.count) values"))
      }
      var values: [KerasValue] = []
      for input in call.inputs { values.append(try net.settled(input, call)) }
      guard values.allSatisfy({ $0.shape.rank == values[0].shape.rank }) else {
        throw call.error(.unsupported("\(values.map(\.shape.description).joined(separator: " and "))"))
      }
      var last = values[0]
      for (place, value) in values.enumerated().dropFirst() {
        last = try net.emit(
          operation, [last, value], call, part: place == values.count - 1 ? "" : "/\(place)")
      }
      return last
    }
  }

  @Sendable private static func average(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    guard call.inputs.count > 1, var sum = call.inputs.first else {
      throw call.error(.invalid("it joins \(call.inputs.count) values"))
    }
    sum = try net.settled(sum, call)
    for input in call.inputs.dropFirst() {
      sum = try net.emit(Add(), [sum, try net.settled(input, call)], call, part: "/sum")
    }
    return try net.emit(Scale(factor: 1 / Float(call.inputs.count)), sum, call)
  }

  @Sendable private static func concatenate(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    var values: [KerasValue] = []
    for input in call.inputs { values.append(try net.settled(input, call)) }
    guard let rank = values.first?.shape.rank, values.allSatisfy({ $0.shape.rank == rank }) else {
      throw call.error(.invalid("it joins values of different ranks"))
    }
    let stated = call.layer.config["axis"]?.integer ?? -1
    let axis = stated < 0 ? stated + rank : stated
    guard 0 < axis, axis < rank else { throw call.error(.unsupported("axis=\(stated)")) }
    // Rows are axis 1 in Keras, channels the last.
    let place = rank == 4 ? (axis == 3 ? 1 : axis + 1) : axis
    return try net.emit(Concat(axis: place), values, call)
  }

  /// Keras 1's one layer for all of them.
  @Sendable private static func oldMerge(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    switch call.text("mode") {
    case "sum": try merge(Add())(&net, call)
    case "mul": try merge(Multiply())(&net, call)
    case "ave": try average(&net, call)
    case "max": try merge(Maximum())(&net, call)
    case let mode: throw call.error(.unsupported("mode=\(mode ?? "")"))
    }
  }

  /// Inception-ResNet's `x + scale * y`.
  @Sendable private static func scaledSum(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    guard call.inputs.count == 2 else { throw call.error(.invalid("it joins \(call.inputs.count) values")) }
    let factor = call.number("scale", otherwise: 1)
    let branch = try net.emit(Scale(factor: factor), call.inputs[1], call, part: "/scaled")
    return try net.emit(Add(), [call.inputs[0], branch], call)
  }

  private static func operation(_ name: String) -> KerasLayerImporter {
    { (net, call) throws(KerasImportError) in try combined(name, &net, call) }
  }

  /// An operation on a value and a number, or on two values.
  private static func combined(
    _ name: String, _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    guard let number = call.numbers.first, call.numbers.count == 1, call.inputs.count == 1 else {
      switch name {
      case "add": return try merge(Add())(&net, call)
      case "subtract": return try merge(Subtract())(&net, call)
      case "multiply": return try merge(Multiply())(&net, call)
      default: return try merge(Divide())(&net, call)
      }
    }
    let input = call.inputs[0]
    let step: Scale
    switch (name, call.numberIsFirst) {
    case ("add", _): step = Scale(factor: 1, summand: number)
    case ("multiply", _): step = Scale(factor: number)
    case ("subtract", false): step = Scale(factor: 1, summand: -number)
    case ("subtract", true): step = Scale(factor: -1, summand: number)
    case ("divide", false) where number != 0: step = Scale(factor: 1 / number)
    default: throw call.error(.unsupported("a number divided by a value, or a value by zero"))
    }
    return try net.emitElementwise(step, input, call)
  }

  /// tf.keras' layers around functions of TensorFlow, as its MobileNetV3 has them.
  @Sendable private static func lambda(
    _ net: inout KerasAssembler, _ call: KerasCall
  ) throws(KerasImportError) -> KerasValue {
    let function = call.text("function") ?? ""
    switch function {
    case "__operators__.add", "math.add": return try combined("add", &net, call)
    case "__operators__.subtract", "math.subtract": return try combined("subtract", &net, call)
    case "__operators__.multiply", "math.multiply": return try combined("multiply", &net, call)
    case "__operators__.truediv", "math.truediv", "math.divide": return try combined("divide", &net, call)
    case "nn.relu": return try net.emitElementwise(ReLU(), try call.input(), call)
    case "nn.relu6": return try net.emitElementwise(ReLU6(), try call.input(), call)
    case "math.sigmoid", "nn.sigmoid": return try net.emitElementwise(Sigmoid(), try call.input(), call)
    case "nn.silu", "nn.swish": return try net.emitElementwise(SiLU(), try call.input(), call)
    default: throw call.error(.unsupported("TensorFlow's function '\(function)'"))
    }
  }
}
