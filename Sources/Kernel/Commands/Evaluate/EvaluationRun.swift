internal import CAMRuntime
internal import Display
internal import ModelIO

/// One picture judged by one method.
struct EvaluationRow {
  let image: String
  /// The index of the class, behind a minus sign where what speaks against it is explained.
  let classText: String
  let method: String
  /// What stands for the picture, the network and what else the numbers hang on.
  let fingerprint: String
  /// Seconds of the explanation.
  let seconds: Double
  /// A value for each metric; nil where it is not defined.
  let values: [Double?]
}

/// The pictures of an evaluation, one after another: of a data set, spread over it, or the current ones.
final class EvaluatedPictures {
  let name: String
  let count: Int
  private let stream: PictureStream?
  private let dataset: LoadedDataset?
  private var images: ArraySlice<LoadedImage> = []

  init(_ dataset: LoadedDataset?, count: Int, in context: CommandContext) throws(Diagnostic) {
    self.dataset = dataset
    if let dataset {
      let total = dataset.images.count
      let chosen = min(count, total)
      self.count = chosen
      name = dataset.label
      stream = PictureStream(
        dataset.images, order: (0..<chosen).map { $0 * total / chosen }, interrupt: context.interrupt)
    } else {
      images = try context.session.workspace.current(LoadedImages.self).images.prefix(count)
      self.count = images.count
      name = images.count == 1 ? images.first?.name ?? "" : "\(images.count) pictures"
      stream = nil
    }
  }

  /// How many could not be read.
  var skipped: Int { stream?.broken.count ?? 0 }

  func next() throws -> LoadedImage? {
    guard let dataset, let stream else { return images.popFirst() }
    return try stream.next().map { picture in
      LoadedImage(
        name: picture.name, raster: picture.raster, format: dataset.label, label: picture.label,
        labelName: picture.label.map { dataset.images.classes.names[$0] },
        labelCount: dataset.images.classes.names.count)
    }
  }
}

/// The measuring.
final class EvaluationRun {
  let mask: ExplanationMask
  private let model: LoadedModel
  private let methods: [any CAMMethod.Type]
  private let layers: [NodeID]
  private let metrics: [any Metric.Type]
  private let classWord: Word
  private let isLayerChosen: Bool
  private let context: CommandContext
  /// Explains pictures seen through their maps, so that the picture's own probes stay.
  private let second: Explainer
  private let background: [Float]

  init(
    model: LoadedModel, methods: [any CAMMethod.Type], layers: [NodeID], metrics: [any Metric.Type],
    mask: ExplanationMask, classWord: Word, isLayerChosen: Bool, context: CommandContext
  ) {
    self.model = model
    self.methods = methods
    self.layers = layers
    self.metrics = metrics
    self.mask = mask
    self.classWord = classWord
    self.isLayerChosen = isLayerChosen
    self.context = context
    second = Explainer(model.network, inputScale: model.explainer.inputScale)
    let channels = model.model.graph[model.model.graph.input].shape[1]
    background = model.explainer.inputScale.black ?? [Float](repeating: 0, count: channels)
  }

  /// What stands for the network, its precision and the seed.
  private lazy var network: Fingerprint = {
    var sum = Fingerprint()
    sum.add(model.model.graph)
    sum.add(model.network.options.precision.usable.rawValue)
    sum.add(String(context.session.settings[SettingCatalog.seed]))
    return sum
  }()

  var layerNames: [String] { layers.map(model.model.graph.bestName) }

  /// The columns of a file: what tells a row from others, then the metrics.
  var heading: EvaluationHeading {
    EvaluationHeading(
      model: model.model.name, layer: layerNames.joined(separator: "+"), mask: mask.rawValue,
      metrics: metrics.map { $0.name })
  }

  /// A picture judged by a method, or what is known of it.
  func row(
    of image: LoadedImage, by type: any CAMMethod.Type,
    known: ((_ fingerprint: String, _ classText: String, _ method: String) -> EvaluationRow?)?
  ) throws -> EvaluationRow {
    let choice = try ClassReference(model).choice(of: classWord, for: image)
    let classText = (choice.isCounterfactual ? "-" : "") + String(choice.index)
    let input = try model.input(of: image)
    let needed = type.minimumLayers
    let isAlone = layers.count < needed && isLayerChosen
    var fingerprint = ""
    if let known {
      var sum = network
      sum.add(input)
      fingerprint = sum.text
      // The file's row is one of several layers, which go by the default one's name.
      if !isAlone, let row = known(fingerprint, classText, type.name) { return row }
    }
    let arguments = MethodArguments(
      for: type, seed: UInt64(context.session.settings[SettingCatalog.seed]))
    let method = try type.init(arguments)
    let few = layers.count < needed && !isLayerChosen ? model.model.stages(atLeast: needed) : layers
    let request = ExplanationRequest(
      method, layers: few,
      score: Score(
        type.score(asProbability: model.model.graph.probability), classIndex: choice.index,
        isCounterfactual: choice.isCounterfactual))
    // Each method pays for its own pass of the network, whichever comes first.
    model.explainer.forget()
    let explanation = try model.explainer.explain(input, request)
    let probe = try model.explainer.probe(input, at: few.last ?? model.model.defaultLayer)
    let judge = MapJudge(
      map: Self.scaled(explanation), probe: probe, classIndex: choice.index, mask: mask,
      background: background, seed: UInt64(context.session.settings[SettingCatalog.seed])
    ) { [second] other in Self.scaled(try second.explain(other, request)) }
    return EvaluationRow(
      image: image.name, classText: classText, method: type.name, fingerprint: fingerprint,
      seconds: explanation.seconds.network + explanation.seconds.method,
      values: try metrics.map { try $0.value(of: judge) })
  }

  /// The map from 0 to 1 at the input's size.
  private static func scaled(_ explanation: Explanation) -> SaliencyMap {
    Normalization.max(FinalActivation.relu(explanation.map)).resized(
      height: explanation.inputHeight, width: explanation.inputWidth)
  }
}
