/// The mean of each of `output` bins; bin i of n spans floor(i L / n) to ceil((i + 1) L / n).
package struct AdaptiveAveragePool: Operation {
  /// The name of the kind.
  package static let kind = "adaptive-average-pool"
  /// The number of bins.
  package let output: Extent

  /// An adaptive average pool.
  package init(_ output: Extent) { self.output = output }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, output)
  }

  /// Each channel for itself, linearly.
  package var traits: OperationTraits { [.affine, .channelLocal] }
}

/// The greatest value of each of `output` bins; bin i of n spans floor(i L / n) to ceil((i + 1) L / n).
package struct AdaptiveMaxPool: Operation {
  /// The name of the kind.
  package static let kind = "adaptive-max-pool"
  /// The number of bins.
  package let output: Extent

  /// An adaptive max pool.
  package init(_ output: Extent) { self.output = output }

  /// `[N, C, H', W']`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, output)
  }

  /// Each channel for itself.
  package var traits: OperationTraits { [.channelLocal, .piecewiseLinear] }
}

/// The mean of each channel.
package struct GlobalAveragePool: Operation {
  /// The name of the kind.
  package static let kind = "global-average-pool"

  /// A global average pool.
  package init() {}

  /// `[N, C, 1, 1]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, 1)
  }

  /// Each channel for itself, linearly.
  package var traits: OperationTraits { [.affine, .channelLocal] }
}

/// The greatest value of each channel.
package struct GlobalMaxPool: Operation {
  /// The name of the kind.
  package static let kind = "global-max-pool"

  /// A global max pool.
  package init() {}

  /// `[N, C, 1, 1]`.
  package func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
    try adaptiveShape(inputs, 1)
  }

  /// Each channel for itself.
  package var traits: OperationTraits { [.channelLocal, .piecewiseLinear] }
}

extension Operation {
  fileprivate func adaptiveShape(_ inputs: [Shape], _ output: Extent) throws(GraphError) -> Shape {
    let input = try picture(inputs)
    guard output.height > 0, output.width > 0, input[2] > 0, input[3] > 0 else {
      throw refusal(inputs, "there must be a bin and a pixel")
    }
    return [input[0], input[1], output.height, output.width]
  }
}
