/// Dropout as a model in training mode applies it, by a mask that its seed fixes: the same at each run, for each entry.
///
/// The mask is the one that ONNX' reference draws for one entry: element i stays where the i-th number of NumPy's
/// generator reaches the rate, and is scaled up. Entries of a batch share it, so that a score depends on its picture alone.
package struct SeededDropout: Operation {
  /// The name of the kind.
  package static let kind = "seeded-dropout"
  /// The share of elements that are zeroed.
  package let rate: Float
  /// Where the generator starts.
  package let seed: UInt32
  /// One for each element of an entry that stays, zero for each that goes.
  package let mask: Tensor
  private let factors: Tensor

  /// A dropout of entries with the given number of elements.
  package init(rate: Float, seed: UInt32, count: Int) {
    self.rate = rate
    self.seed = seed
    var generator = MersenneTwister(seed: seed)
    mask = Tensor([count]) { target in
      for index in target.indices where generator.uniform() >= Double(rate) { target[index] = 1 }
    }
    let scale = 1 / (1 - rate)
    factors = Tensor([count], values: mask.values.map { $0 * scale })
  }

  /// The same shape.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    let input = try single(inputs)
    guard mask.count > 0, input.count % mask.count == 0 else {
      throw refusal(inputs, "the mask has \(mask.count) elements")
    }
    return input
  }

  /// Each element times its factor: affine, but places do not look alike.
  package var traits: OperationTraits { .affine }
}

extension SeededDropout {
  /// The elements that stay, scaled up.
  package func forward(_ inputs: [Value], on device: Device) throws -> Value {
    _ = try outputShape(of: [inputs[0].shape])
    return masked(inputs[0], on: device)
  }

  /// The gradient of the elements that stay, scaled up.
  package func backward(_ pass: ReversePass, on device: Device) throws -> [Value?] {
    [masked(pass.gradient, on: device)]
  }

  private func masked(_ value: Value, on device: Device) -> Value {
    let rows = Shape([value.count / mask.count, mask.count])
    let multiply = BinaryFunction.multiply.rawValue
    return device.combine(multiply, value.viewed(as: rows), Value(factors), to: rows).viewed(as: value.shape)
  }
}
