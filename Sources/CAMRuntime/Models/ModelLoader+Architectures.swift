internal import ModelIO

/// Built-in networks with a file's tensors.
extension ModelLoader {
  /// The network with a file's tensors; the head has the file's classes, or starts anew for others.
  static func model(
    _ architecture: Architecture, _ dictionary: StateDictionary, _ options: ModelOptions
  ) throws(ModelError) -> Model {
    var setting = NetworkSetting(
      classes: architecture.classes, size: options.size ?? architecture.preprocessing.size)
    var requests = try requests(architecture, setting)
    var match = match(requests, architecture, dictionary)
    let rows = match.headRows
    setting.classes = options.classes ?? rows ?? architecture.classes
    if setting.classes != architecture.classes {
      requests = try Self.requests(architecture, setting)
      match = Self.match(requests, architecture, dictionary)
    }
    var origin = ["weights: \(dictionary.source) (\(dictionary.format))"]
    if let rows, rows != setting.classes {
      match.dropHead(of: requests)
      origin.append("head: \(setting.classes) classes, started anew (the file has \(rows))")
    }
    guard match.report.isClean else { throw .mismatch(match.report) }
    if let note = match.passedOver { origin.append(note) }
    let graph = try graph(
      architecture, setting,
      MatchedParameters(
        match,
        fallback: RandomParameters(seed: options.headSeed ?? options.seed ?? 0, interrupt: options.interrupt))
    )
    let notes = WeightNotes(dictionary)
    if let data = notes?.data { origin.append("trained on \(data)") }
    var model = model(architecture, graph, setting, origin: origin)
    model.trainingData = notes?.data
    if let names = notes?.classes, names.count == setting.classes, rows == setting.classes {
      model.classes = names
    }
    return model
  }

  /// The model around a finished graph.
  static func model(
    _ architecture: Architecture, _ graph: Graph, _ setting: NetworkSetting, origin: [String]
  ) -> Model {
    var preprocessing = architecture.preprocessing
    preprocessing.resize(to: setting.size)
    let layer = graph.node(named: architecture.defaultLayer)
    let rule = DefaultLayerRule.layer(of: graph)
    // The map's size is that of the network as it was asked for.
    let side = layer.map { "\(graph[$0].shape[2])x\(graph[$0].shape[3])" } ?? ""
    let reason = architecture.reason.split(separator: " ").map { $0 == "HxW" ? side : String($0) }
    return Model(
      name: architecture.name, graph: graph, preprocessing: preprocessing,
      classes: setting.classes == architecture.classes ? architecture.labels.names : [],
      defaultLayer: layer ?? rule.id,
      defaultLayerReason: layer == nil ? rule.reason : reason.joined(separator: " "),
      origin: [architecture.summary] + origin)
  }

  /// The built-in network whose tensors a file has.
  static func architecture(of dictionary: StateDictionary) throws(ModelError) -> Architecture {
    var nearest: (agreement: Double, architecture: Architecture, report: LoadingReport)?
    for architecture in ArchitectureCatalog.all {
      let requests = try requests(architecture, nil)
      let match = match(requests, architecture, dictionary)
      let agreement = match.agreement(of: requests)
      if agreement == 1, match.report.unexpected.isEmpty { return architecture }
      if agreement > nearest?.agreement ?? 0.5 { nearest = (agreement, architecture, match.report) }
    }
    throw .noArchitecture(file: dictionary.source, nearest: nearest?.report)
  }

  /// The network asked for, or its twin under another origin's names where the file has those.
  static func best(
    for dictionary: StateDictionary, like architecture: Architecture
  ) throws(ModelError) -> Architecture {
    var best = (architecture, try agreement(architecture, dictionary))
    for other in ArchitectureCatalog.all where other.family == architecture.family {
      let agreement = try agreement(other, dictionary)
      if agreement > best.1 { best = (other, agreement) }
    }
    return best.0
  }

  private static func agreement(
    _ architecture: Architecture, _ dictionary: StateDictionary
  ) throws(ModelError) -> Double {
    let requests = try requests(architecture, nil)
    return match(requests, architecture, dictionary).agreement(of: requests)
  }

  private static func match(
    _ requests: [ParameterRequest], _ architecture: Architecture, _ dictionary: StateDictionary
  ) -> ParameterMatch {
    ParameterMatch(
      requests, in: dictionary, network: architecture.name, unusedPrefixes: architecture.unusedPrefixes)
  }

  static func graph(
    _ architecture: Architecture, _ setting: NetworkSetting, _ parameters: any ParameterSource
  ) throws(ModelError) -> Graph {
    do throws(GraphError) {
      return try architecture.graph(setting, parameters: parameters)
    } catch { throw .graph(error) }
  }

  private static func requests(
    _ architecture: Architecture, _ setting: NetworkSetting?
  ) throws(ModelError) -> [ParameterRequest] {
    do throws(GraphError) { return try architecture.requests(setting) } catch { throw .graph(error) }
  }
}
