/// Explains pictures with one network and keeps the last picture's probes.
///
/// Owned by the thread of its network.
package final class Explainer {
  /// The network.
  package let network: Network
  /// The network's input for pictures of one colour.
  package let inputScale: InputScale
  private var tailNetwork: Network?
  private var picture: (identity: ObjectIdentifier, input: Tensor)?
  private var probes: [ProbeKey: Probe] = [:]
  private var order: [ProbeKey] = []
  private var tails: [NodeID: TailAnalysis] = [:]
  /// Seconds of passes that no explanation has reported yet, such as the one that found the most probable class.
  private var unreportedSeconds = 0.0
  /// The number of layers of one picture that are kept.
  private static let keptLayers = 4

  /// A layer, and whether the pass through the network was rounded.
  private struct ProbeKey: Hashable {
    let layer: NodeID
    let isRounded: Bool
  }

  /// An explainer of a network.
  package init(_ network: Network, inputScale: InputScale = InputScale()) {
    self.network = network
    self.inputScale = inputScale
  }

  /// The view of a picture at a layer; kept until another picture comes.
  ///
  /// A first pass that knows what will be needed can serve it too. Drops are small differences, so what they start from is
  /// computed in 32 bits whatever the network's format.
  package func probe(_ input: Tensor, at layer: NodeID, for needs: MethodNeeds = []) throws -> Probe {
    try probe(input, at: layer, for: needs, sharing: nil)
  }

  /// The views of a picture at several layers, of one pass where none is known.
  private func probes(_ input: Tensor, at layers: [NodeID], for needs: MethodNeeds) throws -> [Probe] {
    let shared = try sharedPass(of: input, at: layers, for: needs)
    return try layers.map { try probe(input, at: $0, for: needs, sharing: shared) }
  }

  private func sharedPass(
    of input: Tensor, at layers: [NodeID], for needs: MethodNeeds
  ) throws -> SharedPass? {
    // Drops of channels in front of a linear layer are found on a way of their own.
    guard layers.count > 1, !needs.contains(.channelDrops),
      !layers.contains(where: { knows(input, at: $0, for: needs) })
    else { return nil }
    let watch = Stopwatch()
    defer { unreportedSeconds += watch.seconds }
    do {
      let tails = try layers.map { try tail(at: $0) }
      return try SharedPass(try network(for: needs), input, tails: tails, for: needs)
    } catch is GraphError {
      // It holds more than the pass of one layer: each has its own, or names what is wrong.
      return nil
    }
  }

  private func probe(
    _ input: Tensor, at layer: NodeID, for needs: MethodNeeds, sharing shared: SharedPass?
  ) throws -> Probe {
    if !isLast(input) {
      probes = [:]
      order = []
      picture = (ObjectIdentifier(input.storage), input)
    }
    let key = key(of: layer, for: needs)
    if let known = probes[key] { return known }
    let watch = Stopwatch()
    let probe = try Probe(
      try network(for: needs), input: input, layer: layer, inputScale: inputScale,
      tailNetwork: try exactNetwork(), tail: try tail(at: layer), for: needs,
      rounding: network.device.precision == .bfloat16 ? network.device : nil, sharing: shared)
    unreportedSeconds += watch.seconds
    probes[key] = probe
    order.append(key)
    if order.count > Self.keptLayers { probes[order.removeFirst()] = nil }
    return probe
  }

  private func exactNetwork() throws -> Network {
    let exact = try tailNetwork ?? network.inSinglePrecision()
    tailNetwork = exact
    return exact
  }

  private func network(for needs: MethodNeeds) throws -> Network {
    needs.contains(.drops) ? try exactNetwork() : network
  }

  private func tail(at layer: NodeID) throws -> TailAnalysis {
    let tail = try tails[layer] ?? TailAnalysis(of: network.graph, after: layer)
    tails[layer] = tail
    return tail
  }

  /// Whether a picture has been looked at and is remembered, so that its scores cost no pass.
  package func knows(_ input: Tensor, at layer: NodeID, for needs: MethodNeeds = []) -> Bool {
    isLast(input) && probes[key(of: layer, for: needs)] != nil
  }

  private func isLast(_ input: Tensor) -> Bool {
    picture?.identity == ObjectIdentifier(input.storage) && picture?.input.offset == input.offset
      && picture?.input.shape == input.shape
  }

  private func key(of layer: NodeID, for needs: MethodNeeds) -> ProbeKey {
    ProbeKey(layer: layer, isRounded: network.device.precision == .bfloat16 && !needs.contains(.drops))
  }

  /// Forgets the last picture.
  package func forget() {
    picture = nil
    probes = [:]
    order = []
  }

  /// Explains a picture, `[1, C, H, W]` as the network takes it.
  package func explain(_ input: Tensor, _ request: ExplanationRequest) throws -> Explanation {
    let method = type(of: request.method)
    guard let lastLayer = request.layers.last, request.layers.count >= method.minimumLayers else {
      throw ExplainError.tooFewLayers(
        method: method.name, needed: method.minimumLayers, found: request.layers.count)
    }
    if let quirk = request.compatibility, quirk != .pytorchGradCAM, !method.compatibilities.contains(quirk) {
      throw ExplainError.noQuirk(method: method.name, compatibility: quirk.rawValue)
    }
    let classes = network.graph[network.graph.logits].shape.count
    for term in request.score.terms where !(0..<classes).contains(term.classIndex) {
      throw ExplainError.classOutOfRange(term.classIndex, count: classes)
    }
    network.device.takeOver()
    network.device.hold()
    defer { network.device.release() }
    let start = Stopwatch()
    let probes = try probes(input, at: request.layers, for: method.needs)
    let methodStart = start.seconds
    let networkSeconds = unreportedSeconds
    unreportedSeconds = 0
    let found = try probes.indices.map { place in
      try network.meter.part(place, of: probes.count) { try look(through: probes[place], request) }
    }
    // The pass of many layers holds all their values.
    if probes.count > Self.keptLayers { forget() }
    let fusion = request.fusion ?? method.fusion
    guard let fused = fusion(found.map { $0.activated }), let signed = fusion(found.map { $0.signed }),
      let last = found.last
    else { throw ExplainError.tooFewLayers(method: method.name, needed: 1, found: 0) }
    let seen = probes[probes.count - 1]
    var warnings = found.flatMap { $0.attribution.warnings }
    if classes == 1, [.softmax, .logprob].contains(request.score.kind), !method.disregards.contains(.scores) {
      warnings.append(.singleClass(kind: request.score.kind))
    }
    warnings += mapWarnings(fused, signed: signed, attribution: last.attribution, layer: lastLayer)
    let broken = fused.nonFiniteCount + signed.nonFiniteCount
    guard broken == 0 else { throw ExplainError.notFinite(what: "the map of \(method.name)", count: broken) }
    var picture: Tensor?
    if case .picture(let tensor, _) = last.attribution.form { picture = tensor }
    return Explanation(
      method: method.name, layers: request.layers.map(network.graph.bestName), score: request.score,
      scoreValue: seen.value(of: request.score), logits: seen.logits, map: fused, signedMap: signed,
      weights: last.attribution.weights, rivals: last.attribution.rivals, unit: last.attribution.unit,
      unitScores: last.attribution.unitScores,
      activations: seen.maps, picture: picture, strategy: last.attribution.strategy,
      format: ExplanationFormat(network: network, needs: method.needs, strategy: last.attribution.strategy),
      normalization: request.normalization, activation: request.activation, inputHeight: input.shape[2],
      inputWidth: input.shape[3], wrapsBytes: request.compatibility == .work004,
      seconds: (networkSeconds, start.seconds - methodStart), warnings: unique(warnings))
  }

  private struct View {
    let attribution: Attribution
    let activated: SaliencyMap
    let signed: SaliencyMap
  }

  /// One layer's map, smoothed if asked for.
  private func look(through probe: Probe, _ request: ExplanationRequest) throws -> View {
    // The picture as it is comes first of those that are averaged over.
    let count = request.smoothing.augments ? Smoothing.augmentations.count : 1
    let attribution = try network.meter.part(0, of: count) {
      try request.method.attribution(of: request.score, in: probe)
    }
    let signed = try rawMap(of: attribution, probe, request)
    guard request.smoothing.augments else {
      return View(attribution: attribution, activated: request.activation(signed), signed: signed)
    }
    if case .picture = attribution.form {
      throw ExplainError.notCombined(
        method: request.method.name, option: "smooth=\(request.smoothing.rawValue)")
    }
    var sum: SaliencyMap?
    var signedSum: SaliencyMap?
    for (place, (isMirrored, factor)) in Smoothing.augmentations.enumerated() {
      try network.options.interrupt.check()
      let plain = !isMirrored && factor == 1
      let other =
        plain
        ? probe
        : try probe.sibling(of: Smoothing.augmented(probe.input, isMirrored: isMirrored, factor: factor))
      let finding =
        plain
        ? attribution
        : try network.meter.part(place, of: count) {
          try request.method.attribution(of: request.score, in: other)
        }
      let raw = try rawMap(of: finding, other, request)
      // Pictures of another strength have maps of another scale, so each counts by its scaled map.
      let scaled = Normalization.max(request.activation(raw))
      let scaledSigned = Normalization.max(raw)
      let back = isMirrored ? scaled.mirrored : scaled
      let backSigned = isMirrored ? scaledSigned.mirrored : scaledSigned
      sum = sum?.combined(with: back, +) ?? back
      signedSum = signedSum?.combined(with: backSigned, +) ?? backSigned
    }
    return View(
      attribution: attribution, activated: sum?.map { $0 / Float(count) } ?? request.activation(signed),
      signed: signedSum?.map { $0 / Float(count) } ?? signed)
  }

  /// The map before the final activation: the sum over channels, or their leading component.
  private func rawMap(
    of attribution: Attribution, _ probe: Probe, _ request: ExplanationRequest
  ) throws -> SaliencyMap {
    guard request.smoothing.projects else { return attribution.sum(of: probe.maps) }
    let flag = network.options.interrupt
    guard let component = try attribution.principalComponent(of: probe.maps, interrupt: flag) else {
      throw ExplainError.notCombined(
        method: request.method.name, option: "smooth=\(request.smoothing.rawValue)")
    }
    return component
  }

  /// Why a map shows nothing, where it does not.
  private func mapWarnings(
    _ map: SaliencyMap, signed: SaliencyMap, attribution: Attribution, layer: NodeID
  ) -> [ExplanationWarning] {
    if map.isZero {
      let reason: String
      if signed.isZero, attribution.weights?.allSatisfy({ $0 == 0 }) == true {
        reason = "every weight is zero"
      } else if signed.isZero {
        reason = "the weighted maps of the layer are zero"
      } else if let weights = attribution.weights, weights.allSatisfy({ $0 <= 0 }) {
        reason =
          "no weight is positive (greatest \(weights.max() ?? 0)); signed=yes shows what speaks against"
      } else {
        reason = "the sum is negative everywhere; signed=yes shows it"
      }
      return [.allZero(reason: reason)]
    }
    if map.count == 1 { return [.singlePosition(layer: network.graph.bestName(of: layer))] }
    return map.isConstant ? [.constant(value: map.maximum)] : []
  }

  private func unique(_ warnings: [ExplanationWarning]) -> [ExplanationWarning] {
    var seen: Set<ExplanationWarning> = []
    return warnings.filter { seen.insert($0).inserted }
  }
}
