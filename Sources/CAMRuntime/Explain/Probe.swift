/// One picture seen at one layer: the layer's maps, the logits, and, when asked for, gradients, drops and edits.
///
/// What was computed once is kept, so another class or method of the same picture and layer is cheap. Owned by the
/// thread of its network.
package final class Probe {
  /// The network that the picture went through.
  package let network: Network
  /// What edits of the layer run on: the network, or one of single precision where that has less.
  ///
  /// Drops are differences of nearly equal scores, which bfloat16 does not resolve.
  let tailNetwork: Network
  /// The layer and what lies behind it.
  package let tail: TailAnalysis
  /// The network's input, `[1, C, H, W]`.
  package let input: Tensor
  /// The layer's maps.
  package let maps: FeatureMaps
  /// The scores before a closing softmax or sigmoid.
  package let logits: [Double]
  /// The network's input for pictures of one colour.
  package let inputScale: InputScale
  let activations: Activations
  /// What taking each channel away changes in the first linear layer behind, where the first pass found it.
  let blockProducts: BlockProducts?
  /// What multiplies changes in 16 bits; nil where nothing is rounded.
  let rounding: Device?
  /// The pass, where other layers' probes look at it too.
  private let shared: SharedPass?
  /// Which gradients the first pass served.
  private let gradientNeeds: MethodNeeds
  private var gradients: [GradientKey: FeatureMaps] = [:]
  private var deltas: [DeltaKey: UnitDeltas] = [:]

  private struct GradientKey: Hashable {
    let score: Score
    let rule: RectifierRule
  }

  private struct DeltaKey: Hashable {
    let unit: AblationUnit
    let baseline: AblationBaseline
    let strategy: AblationStrategy?
  }

  /// Runs the network on a picture and keeps what explanations at the layer need.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - input: the picture as the network takes it.
  ///   - layer: the layer.
  ///   - inputScale: what the input holds for pictures of one colour.
  ///   - tailNetwork: the network of single precision for edits, where `network` has less.
  ///   - known: what lies behind the layer, where it was found before.
  ///   - needs: what will be asked for, so that the first pass can serve it too.
  ///   - rounding: what multiplies in 16 bits what taking units away changes; nil where nothing is rounded.
  ///   - shared: the pass of this picture, where it was made for several layers.
  /// - Throws: `ExplainError` where the layer has no maps, or a value is not finite.
  package init(
    _ network: Network, input: Tensor, layer: NodeID, inputScale: InputScale = InputScale(),
    tailNetwork: Network? = nil, tail known: TailAnalysis? = nil, for needs: MethodNeeds = [],
    rounding: Device? = nil, sharing shared: SharedPass? = nil
  ) throws {
    let tail = try known ?? TailAnalysis(of: network.graph, after: layer)
    let outside = input.nonFiniteCount
    guard outside == 0 else { throw ExplainError.notFinite(what: "the network's input", count: outside) }
    let keeping = tail.keptValues
    let blockwise =
      needs.contains(.channelDrops) && shared == nil
      ? try BlockwisePass(network, input, tail: tail, keeping: keeping) : nil
    let reverse =
      needs.contains(.inputGradient) ? [network.graph.input] : needs.contains(.gradient) ? [layer] : []
    let activations =
      try shared?.activations ?? blockwise?.activations
      ?? network.forward(input, keeping: keeping, gradientsTo: reverse)
    guard let value = activations[layer], let maps = FeatureMaps(value) else {
      throw ExplainError.notMaps(layer: tail.layerName, shape: network.graph[layer].shape)
    }
    guard let logits = activations[network.graph.logits] else {
      throw ExplainError.notBeforeScores(layer: tail.layerName)
    }
    try Self.checkFinite(maps, logits, network: network, input: input, layer: layer)
    self.network = network
    self.tailNetwork = try tailNetwork ?? network.inSinglePrecision()
    self.tail = tail
    self.input = input
    self.maps = maps
    self.logits = logits.values.map { Double($0) }
    self.inputScale = inputScale
    self.activations = activations
    self.rounding = rounding
    self.shared = shared
    gradientNeeds = needs.intersection([.gradient, .inputGradient])
    blockProducts = blockwise?.products
  }

  /// The value of a score for the picture.
  package func value(of score: Score) -> Double { score.value(of: logits) }

  /// The class of the greatest logit.
  package var predictedClass: Int { logits.indices.max { logits[$0] < logits[$1] } ?? 0 }

  /// The same layer's view of another picture of the same size.
  package func sibling(of input: Tensor) throws -> Probe {
    try Probe(
      network, input: input, layer: tail.layer, inputScale: inputScale, tailNetwork: tailNetwork,
      tail: tail, for: gradientNeeds, rounding: rounding)
  }

  /// The gradient of a score at the layer.
  package func gradient(of score: Score) throws -> FeatureMaps {
    let key = GradientKey(score: score, rule: .standard)
    if let known = gradients[key] { return known }
    let seed = score.gradient(at: logits).map { Float($0) }
    let found =
      try shared.map { try $0.gradient(of: score, seed: seed, at: tail.layer) }
      ?? gradients(ofLogits: seed, at: [tail.layer])[tail.layer]
    guard let tensor = found, let gradient = FeatureMaps(tensor) else {
      throw ExplainError.notMaps(layer: tail.layerName, shape: maps.tensor.shape)
    }
    let broken = gradient.nonFiniteCount
    guard broken == 0 else {
      throw ExplainError.notFinite(what: "the gradient at layer '\(tail.layerName)'", count: broken)
    }
    gradients[key] = gradient
    return gradient
  }

  /// The gradient of a score at some nodes, the input among them if asked for.
  package func gradients(
    of score: Score, at nodes: [NodeID], rule: RectifierRule = .standard
  ) throws -> [NodeID: Tensor] {
    let seed = score.gradient(at: logits).map { Float($0) }
    return try gradients(ofLogits: seed, at: nodes, rule: rule)
  }

  /// The gradient of a weighted sum of logits at some nodes.
  package func gradients(
    ofLogits weights: [Float], at nodes: [NodeID], rule: RectifierRule = .standard
  ) throws -> [NodeID: Tensor] {
    let logits = network.graph.logits
    return try network.gradient(
      from: logits, seed: Tensor(network.graph[logits].shape, values: weights), withRespectTo: nodes,
      at: activations, rectifier: rule)
  }

  /// What taking each unit away changes; kept, so that another score costs next to nothing.
  package func unitDeltas(
    _ unit: AblationUnit, baseline: AblationBaseline = .zero, strategy: AblationStrategy? = nil
  ) throws -> UnitDeltas {
    let key = DeltaKey(unit: unit, baseline: baseline, strategy: strategy)
    if let known = deltas[key] { return known }
    let found = try AblationEngine(of: self, unit: unit, baseline: baseline).deltas(by: strategy)
    deltas[key] = found
    return found
  }

  private static func checkFinite(
    _ maps: FeatureMaps, _ logits: Tensor, network: Network, input: Tensor, layer: NodeID
  ) throws {
    let broken = maps.nonFiniteCount
    let brokenScores = logits.nonFiniteCount
    guard broken + brokenScores > 0 else { return }
    let seen = broken > 0 ? layer : network.graph.logits
    if let cause = network.causeOfBroken(seen, for: input) { throw cause }
    if broken > 0 {
      throw ExplainError.notFinite(what: "the value of layer '\(network.graph[layer].name)'", count: broken)
    }
    throw ExplainError.notFinite(what: "the logits", count: brokenScores)
  }
}

extension Network {
  /// The network itself, or one of the same graph in single precision where this one has less.
  func inSinglePrecision() throws -> Network {
    guard device.precision != .float32 else { return self }
    var options = options
    options.precision = .float32
    let exact = try Network(graph, options: options)
    exact.meter = meter
    return exact
  }
}

extension TailAnalysis {
  /// What a first pass keeps for a probe.
  var keptValues: [NodeID] { [layer] + boundary + smallValues }

  /// Values worth keeping from the first pass: those around a linear frontier and in front of the last linear layer.
  var smallValues: [NodeID] {
    var kept: Set<NodeID> = []
    for id in frontier where linear(id) != nil {
      kept.formUnion([id, graph[id].inputs[0]])
      var last = id
      while let next = linearBehind(last) {
        kept.insert(next)
        last = next
      }
    }
    if let last = lastLinear { kept.insert(graph[last.node].inputs[0]) }
    return kept.sorted()
  }
}
