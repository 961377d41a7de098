internal import ModelIO

/// Finds a network's layers in a Keras file: by name first, then, for layers that Keras numbered by itself
/// (`conv2d_7`, whatever the session), by their order among layers with variables of the same shapes.
enum KerasLayerMatching {
  static func match(
    _ requests: [ParameterRequest], in dictionary: StateDictionary
  ) -> [String: RawTensor] {
    var wanted: [(layer: String, requests: [ParameterRequest])] = []
    for request in requests {
      if wanted.last?.layer == request.keras.layer {
        wanted[wanted.count - 1].requests.append(request)
      } else {
        wanted.append((request.keras.layer, [request]))
      }
    }
    let filled = dictionary.layers.filter { !$0.tensors.isEmpty }
    var byName = Dictionary(filled.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var found: [String: RawTensor] = [:]
    var open: [[ParameterRequest]] = []
    for (name, layerRequests) in wanted {
      guard !isAutomatic(name), let layer = byName[name],
        let tensors = tensors(of: layer, for: layerRequests, in: dictionary)
      else {
        open.append(layerRequests)
        continue
      }
      byName[name] = nil
      for (request, tensor) in zip(layerRequests, tensors) { found[request.key] = tensor }
    }
    var left = naturallyOrdered(filled.filter { byName[$0.name] != nil })
    var unmatched: [[ParameterRequest]] = []
    for layerRequests in open {
      let fitting = left.enumerated().lazy.compactMap { place, layer in
        tensors(of: layer, for: layerRequests, in: dictionary).map { (place, $0) }
      }
      guard let (place, tensors) = fitting.first else {
        unmatched.append(layerRequests)
        continue
      }
      for (request, tensor) in zip(layerRequests, tensors) { found[request.key] = tensor }
      left.remove(at: place)
    }
    for layerRequests in unmatched {
      guard let layer = left.first(where: { $0.name == layerRequests.first?.keras.layer }) else { continue }
      found.merge(misshapen(layerRequests, layer, in: dictionary)) { first, _ in first }
    }
    return found
  }

  /// What a layer of the right name and other shapes has, so that a report compares shapes and misses only what is missing.
  private static func misshapen(
    _ requests: [ParameterRequest], _ layer: StateDictionary.Layer, in dictionary: StateDictionary
  ) -> [String: RawTensor] {
    var found: [String: RawTensor] = [:]
    for request in requests {
      let wanted = name(of: request.keras.kind)
      let key = layer.tensors.first { variable(of: $0) == wanted }
      guard let tensor = key.flatMap({ dictionary[$0] }) else { continue }
      let rank = MatchedTensor(raw: tensor, request: request, layout: .keras).expectedShape.count
      // A head gives the number of classes, which another kind of tensor cannot.
      if !request.isHead || tensor.shape.count == rank { found[request.key] = tensor }
    }
    return found
  }

  /// The layer's tensors in the order of the requests: by variable name where the file has them, else by
  /// order.
  ///
  /// Nil where the layer is another one; a head may have another number of classes.
  private static func tensors(
    of layer: StateDictionary.Layer, for requests: [ParameterRequest], in dictionary: StateDictionary
  ) -> [RawTensor]? {
    let all = layer.tensors.compactMap { dictionary[$0] }
    guard all.count == requests.count else { return nil }
    var result: [RawTensor] = []
    for (index, request) in requests.enumerated() {
      let named = all.first { variable(of: $0.name) == name(of: request.keras.kind) }
      let tensor = named ?? all[index]
      let matched = MatchedTensor(raw: tensor, request: request, layout: .keras)
      guard matched.fits || (request.isHead && tensor.shape.count == matched.expectedShape.count) else {
        return nil
      }
      result.append(tensor)
    }
    return result
  }

  /// `block1_conv1/kernel:0` to `kernel`.
  private static func variable(of name: String) -> String {
    let last = name.split(separator: "/").last ?? ""
    return String(last.split(separator: ":").first ?? "")
  }

  private static func name(of kind: KerasVariable.Kind) -> String {
    switch kind {
    case .kernel, .denseKernel: "kernel"
    case .depthwiseKernel: "depthwise_kernel"
    case .pointwiseKernel: "pointwise_kernel"
    case .bias: "bias"
    case .gamma: "gamma"
    case .beta: "beta"
    case .movingMean: "moving_mean"
    case .movingVariance: "moving_variance"
    }
  }

  /// Layers of one kind by number, kinds in the order in which they first stand; the file's own order of `conv2d_9`
  /// and `conv2d_10` may be alphabetical.
  private static func naturallyOrdered(_ layers: [StateDictionary.Layer]) -> [StateDictionary.Layer] {
    var kinds: [Substring: Int] = [:]
    for layer in layers {
      let kind = numbered(layer.name).kind
      if kinds[kind] == nil { kinds[kind] = kinds.count }
    }
    return layers.enumerated().map { place, layer in
      let (kind, number) = numbered(layer.name)
      return (kinds[kind] ?? 0, number, place, layer)
    }.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }.map(\.3)
  }

  /// Whether Keras made the name up: the layer's class in snake case, perhaps with a number.
  private static func isAutomatic(_ name: String) -> Bool {
    automaticKinds.contains(String(numbered(name).kind))
  }

  private static let automaticKinds: Set<String> = [
    "conv2d", "separable_conv2d", "depthwise_conv2d", "batch_normalization", "dense",
  ]

  private static func numbered(_ name: String) -> (kind: Substring, number: Int) {
    guard let cut = name.lastIndex(of: "_"), let number = Int(name[name.index(after: cut)...]) else {
      return (Substring(name), 0)
    }
    return (name[..<cut], number)
  }
}
