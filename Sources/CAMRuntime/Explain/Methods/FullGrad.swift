/// Gradients at the picture and at every bias of the network.
package struct FullGrad: CAMMethod {
  package static let name = "full-grad"
  package static let summary = "gradients at the picture and at every bias, whatever the layer"
  package static let formula =
    "map = sum over maps of |x g| and of |bias_c g_c| at each convolution and batch norm (its implicit bias "
    + "beta - mean gamma / std), each map scaled to 0...1 and resized to the picture"
  package static let paper =
    "Srinivas and Fleuret, Full-Gradient Representation for Neural Network Visualization, NeurIPS 2019 (arXiv:1905.00780)"
  package static let needs: MethodNeeds = .inputGradient
  package static let disregards: MethodSubjects = .layers

  package init(_ arguments: MethodArguments) throws(ExplainError) {}

  package func attribution(of score: Score, in probe: Probe) throws -> Attribution {
    let graph = probe.network.graph
    let leading = graph.ancestors(of: graph.logits)
    let biased = graph.nodes.filter { leading.contains($0.id) && $0.shape.rank == 4 }.compactMap { node in
      Self.bias(of: node.operation).map { (id: node.id, bias: $0) }
    }
    let gradients = try probe.gradients(of: score, at: [graph.input] + biased.map(\.id))
    let (height, width) = (probe.input.shape[2], probe.input.shape[3])
    var total = SaliencyMap(height: height, width: width, repeating: 0)
    if let gradient = gradients[graph.input].flatMap(FeatureMaps.init), let picture = FeatureMaps(probe.input)
    {
      total = total.combined(with: Self.scaledSum(gradient.combined(with: picture, *)), +)
    }
    for (id, bias) in biased {
      guard let gradient = gradients[id].flatMap(FeatureMaps.init) else { continue }
      let sum = Self.scaledSum(gradient.scaled(by: bias))
      total = total.combined(with: sum.resized(height: height, width: width), +)
    }
    return Attribution(.map(total))
  }

  /// The number that an operation adds to each channel.
  private static func bias(of operation: any Operation) -> [Float]? {
    switch operation {
    case let convolution as Convolution: convolution.bias?.values
    case let convolution as TransposedConvolution: convolution.bias?.values
    case let norm as BatchNorm: norm.affine.summands
    default: nil
    }
  }

  /// The magnitudes of each map scaled to 0...1, added; as resizing is linear it can wait until after the sum.
  private static func scaledSum(_ maps: FeatureMaps) -> SaliencyMap {
    var sums = [Double](repeating: 0, count: maps.positions)
    maps.tensor.withValues { values in
      for channel in 0..<maps.channels {
        let plane = values[channel * maps.positions..<(channel + 1) * maps.positions].map { abs($0) }
        let low = plane.min() ?? 0
        let range = (plane.max() ?? 0) - low + 1e-7
        for place in plane.indices { sums[place] += Double((plane[place] - low) / range) }
      }
    }
    return SaliencyMap(height: maps.height, width: maps.width, values: sums.map { Float($0) })
  }
}
