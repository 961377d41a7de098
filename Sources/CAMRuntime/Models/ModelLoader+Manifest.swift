internal import ModelIO

/// Models from a description of the network and a file of weights beside it.
extension ModelLoader {
  static func manifest(
    _ path: String, _ bytes: ByteSlice, _ options: ModelOptions
  ) throws(ModelError) -> Model {
    let manifest = try ModelManifest(bytes, path: path)
    let own = manifest.preprocessing.size
    if let wanted = options.size, wanted != own {
      throw .option("the description wants pictures of \(own), size= asks for \(wanted)")
    }
    if let seed = options.seed {
      guard options.weights == nil else {
        throw .option("random= and weights= cannot both say what the weights of a description are")
      }
      let random = RandomParameters(seed: seed, interrupt: options.interrupt)
      return try model(
        manifest, manifest.graph(parameters: random), path, "random weights, seed \(seed)", options)
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    guard let file = options.weights ?? manifest.weights.map({ folder + $0 }) else {
      throw .manifest(file: path, "it names no file of weights; give weights=PATH")
    }
    let dictionary = try weights(file, options)
    let requests = try manifest.requests()
    let match = ParameterMatch(requests, in: dictionary, network: manifest.name, unusedPrefixes: [])
    guard match.report.isClean else { throw .mismatch(match.report) }
    let random = RandomParameters(seed: 0, interrupt: options.interrupt)
    let graph = try manifest.graph(parameters: MatchedParameters(match, fallback: random))
    return try model(manifest, graph, path, "weights: \(file) (\(dictionary.format))", options)
  }

  private static func model(
    _ manifest: ModelManifest, _ graph: Graph, _ path: String, _ weights: String, _ options: ModelOptions
  ) throws(ModelError) -> Model {
    if let classes = options.classes, classes != graph[graph.logits].shape.count {
      throw .option("classes= has no effect on a description, which says what its head is")
    }
    let rule = DefaultLayerRule.layer(of: graph)
    let stated = manifest.defaultLayer.flatMap { graph.node(named: $0) }
    return Model(
      name: manifest.name, graph: graph, preprocessing: manifest.preprocessing, classes: manifest.classes,
      defaultLayer: stated ?? rule.id,
      defaultLayerReason: stated == nil ? rule.reason : "the description says so",
      origin: ["description: \(path)", weights])
  }
}
