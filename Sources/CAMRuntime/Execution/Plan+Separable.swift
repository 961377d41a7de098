extension FusionPass {
  /// What one step computes.
  typealias Work = (operation: any Operation, inputs: [NodeID], output: NodeID)

  /// The chains as one step each.
  func single(_ chains: [Chain]) -> [Work] {
    chains.compactMap { chain in chain.nodes.last.map { (chain.operation, chain.inputs, $0) } }
  }

  /// The chains as steps: a depthwise one becomes one step with the 1x1 that reads it, and with the one it reads,
  /// where nobody else wants the values between them.
  func joined(_ chains: [Chain]) -> [Work] {
    var byLast: [NodeID: Chain] = [:]
    for chain in chains { chain.nodes.last.map { byLast[$0] = chain } }
    var steps: [NodeID: Work] = [:]
    var gone: Set<NodeID> = []
    for chain in chains {
      guard let last = chain.nodes.last else { continue }
      steps[last] = (chain.operation, chain.inputs, last)
      guard chain.operation.convolution.isPointwise, let filter = source(of: chain, in: byLast),
        filter.operation.convolution.isDepthwise, let filtered = filter.nodes.last
      else { continue }
      var block = SeparableBlock(expand: nil, filter: filter.operation, project: chain.operation)
      var first = filter.inputs[0]
      gone.insert(filtered)
      // A 1x1 that ends the block before stays there.
      if filter.operation.inputRange.isEverything, let expand = source(of: filter, in: byLast),
        expand.operation.convolution.isPointwise,
        steps[first]?.operation is FusedConvolution
      {
        block.expand = expand.operation
        gone.insert(first)
        first = expand.inputs[0]
      }
      steps[last] = (block, [first] + chain.inputs.dropFirst(), last)
    }
    return steps.values.filter { !gone.contains($0.output) }
  }

  /// The chain whose value a chain convolves, where that reads no residual and nobody else reads its value.
  private func source(of chain: Chain, in byLast: [NodeID: Chain]) -> Chain? {
    let input = chain.inputs[0]
    guard let source = byLast[input], source.inputs.count == 1, !wanted.contains(input),
      readers[input]?.count == 1
    else { return nil }
    return source
  }
}

extension Convolution {
  /// Whether each pixel is multiplied by one matrix.
  var isPointwise: Bool {
    groups == 1 && weight.shape[2] == 1 && weight.shape[3] == 1 && stride == 1 && padding == 0
  }

  /// Whether each channel is filtered by itself.
  var isDepthwise: Bool {
    groups > 1 && groups == weight.shape[0] && weight.shape[1] == 1
  }
}
