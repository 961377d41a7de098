package import CAMRuntime
internal import ModelIO

/// A model of a session, ready to run: its network, and what it has seen last.
package final class LoadedModel: CurrentValue {
  package static let noun = "model"
  package static let wayToGet = "use `model NAME`"

  package let model: Model
  /// How it runs.
  package let options: ExecutionOptions
  private let explainerOfModel: Explainer
  private var inputs: [(image: LoadedImage, input: Tensor)] = []

  /// Makes a model ready; weights are laid out for the processor here.
  package init(_ model: Model, options: ExecutionOptions) throws {
    self.model = model
    self.options = options
    let network = try Network(model.graph, options: options)
    explainerOfModel = Explainer(network, inputScale: Self.scale(of: model.preprocessing))
  }

  package var network: Network { explainerOfModel.network }
  package var explainer: Explainer { explainerOfModel }

  /// How a picture becomes this network's input.
  package func bridge(for image: LoadedImage) -> TensorRaster {
    TensorRaster(model.preprocessing, crops: image.crops)
  }

  /// The network's input for a picture; the same tensor while the picture is among the last ones.
  package func input(of image: LoadedImage) throws(Diagnostic) -> Tensor {
    if let known = inputs.first(where: { $0.image === image }) { return known.input }
    let input = try bridge(for: image).input(of: image.raster)
    inputs.append((image, input))
    if inputs.count > 16 { inputs.removeFirst() }
    return input
  }

  /// The logits of a picture, from the last explanation where it saw this picture.
  ///
  /// A first pass that knows what will be needed next can serve it too.
  package func logits(of image: LoadedImage, for needs: MethodNeeds = []) throws -> [Double] {
    let input = try input(of: image)
    do {
      return try explainer.probe(input, at: model.defaultLayer, for: needs).logits
    } catch let error as ExplainError {
      // A network without maps has scores all the same.
      switch error {
      case .notMaps, .notBeforeScores: return try network.finiteLogits(of: input)
      default: throw error
      }
    }
  }

  /// Whether the scores of a picture are remembered, so that they cost no pass.
  package func knows(_ image: LoadedImage) -> Bool {
    guard let known = inputs.first(where: { $0.image === image }) else { return false }
    return explainer.knows(known.input, at: model.defaultLayer)
  }

  /// The name of a class, its number where it has none.
  package func className(_ index: Int) -> String { model.className(index) }

  /// What zero and mean of a picture are in the network's input.
  private static func scale(of preprocessing: Preprocessing) -> InputScale {
    let black = zip(preprocessing.mean, preprocessing.deviation).map { -$0 / $1 }
    return InputScale(black: black, mean: nil)
  }

  package var summary: String { lines.joined(separator: "\n") }

  private var lines: [String] {
    let graph = model.graph
    let shape = graph[graph.input].shape
    return [
      "\(model.name): \(Self.grouped(graph.parameterCount)) parameters, "
        + "\(model.classCount) \(model.classCount == 1 ? "class" : "classes")\(probabilityNote)",
      "input    \(shape.dimensions.dropFirst().map(String.init).joined(separator: "x")): \(model.preprocessing)",
      "layer    \(model.defaultLayerName) (default): \(model.defaultLayerReason)",
      "compute  \(options.precision.account), \(threadText)",
    ] + model.origin.map { "origin   \(FileSystem.abbreviated($0))" }
      + model.warnings.map { "warning  \($0)" }
  }

  /// How scores become probabilities where that is not the softmax of all.
  private var probabilityNote: String {
    guard model.graph.probability == .sigmoid else { return "" }
    return model.classCount == 1
      ? ", its probability the sigmoid of its score" : ", each with its own probability (sigmoid)"
  }

  private var threadText: String {
    switch network.options.threads {
    case 0: "all threads"
    case 1: "1 thread"
    default: "\(network.options.threads) threads"
    }
  }

  private static func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }

  package func bundle(with settings: Settings) throws -> DisplayBundle {
    let facts: JSONValue = [
      "verb": "model", "model": .string(model.name), "parameters": .integer(model.graph.parameterCount),
      "classes": .integer(model.classCount), "layer": .string(model.defaultLayerName),
      "input": .array(model.graph[model.graph.input].shape.dimensions.map { .integer($0) }),
      "origin": .array(model.origin.map { .string($0) }),
      "warnings": .array(model.warnings.map { .string($0) }),
    ]
    return try .result(summary, facts: facts)
  }
}

extension LoadedModel: SavableValue {
  package var partNames: [String] { ["model"] }

  package func part(_ name: String, with settings: Settings) throws -> SavedPart {
    // Every number as it is, and once more as the file has it.
    try MemoryRoom.check(
      2 * 4 * model.graph.parameterCount, for: "writing \(model.graph.parameterCount) parameters")
    return .arrays(
      model.graph.nodes.flatMap { node in
        node.operation.parameters.map { parameter in
          NamedArray(
            name: "\(node.name).\(parameter.name)", shape: parameter.tensor.shape.dimensions,
            values: parameter.tensor.values)
        }
      }, notes: WeightNotes(model: model.name, classes: model.classes, data: model.trainingData).pairs)
  }
}
