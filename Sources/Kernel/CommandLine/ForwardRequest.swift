internal import CAMRuntime
internal import ModelIO

/// What `camkernel forward` is asked for.
struct ForwardRequest {
  let output: String
  private let model: String
  private let input: String
  private let layer: String?
  private let label: String?
  private var options = ModelOptions()
  private var execution = ExecutionOptions()

  init(_ arguments: ProgramArguments) throws(UsageError) {
    var arguments = arguments
    options.weights = try arguments.takeValue("--weights")
    options.seed = try Self.number(arguments.takeValue("--random"), UInt64.init, "--random")
    guard options.weights == nil || options.seed == nil else {
      throw UsageError("--weights and --random cannot both say what the weights are")
    }
    layer = try arguments.takeValue("--layer")
    label = try arguments.takeValue("--gradient")
    execution.threads =
      try Self.number(arguments.takeValue("--threads"), Self.threads, "--threads", range: "from 0 to 1024")
      ?? 0
    if let word = try arguments.takeValue("--precision") {
      guard let precision = Precision(rawValue: word) else {
        throw UsageError("--precision is \(Precision.allCases.map(\.rawValue).joined(separator: " or "))")
      }
      execution.precision = precision
    }
    let paths = try arguments.positionals(atMost: 3)
    guard paths.count == 3 else { throw UsageError("MODEL, INPUT.npy and OUTPUT.npy are wanted") }
    (model, input, output) = (paths[0], paths[1], paths[2])
  }

  /// As many as the language takes for `threads=`.
  private static func threads(_ text: String) -> Int? {
    Int(text).flatMap { (0...1024).contains($0) ? $0 : nil }
  }

  private static func number<T>(
    _ text: String?, _ read: (String) -> T?, _ option: String, range: String = "of at least 0"
  ) throws(UsageError) -> T? {
    guard let text else { return nil }
    guard let value = read(text) else {
      throw UsageError("\(option) takes a whole number \(range), not '\(TerminalText.safe(text))'")
    }
    return value
  }

  /// The tensor that is to be written.
  func result() throws -> Tensor {
    let raw = try NumPyArray.read(path: input)
    let loaded = try model(for: raw.shape)
    let graph = loaded.graph
    let target = try layer.map { name throws(ForwardError) in try Self.layer(name, of: graph) }
    let index = try label.map { text in
      try ClassReference.index(of: Word(text, SourceSpan(0, 0)), in: loaded)
    }
    let given: Tensor
    do throws(FormatError) { given = try Tensor(exactly: raw) } catch { throw error.inFile(input) }
    let turns = loaded.readsChannelsLast && Self.fits(given.shape, graph[graph.input].shape)
    let network = try Network(graph, options: execution)
    let passed = try network.forward(
      turns ? given.withAxes([0, 3, 1, 2]) : given, keeping: target.map { [$0] } ?? [])
    guard let logits = passed[graph.logits] else { throw ForwardError("the model gives no logits") }
    guard let index else {
      guard let value = try passed.tensor(of: target ?? graph.logits) else {
        throw ForwardError("the layer has no value")
      }
      return value
    }
    let count = logits.shape.countPerEntry
    let seed = Tensor(logits.shape) { values in
      for row in 0..<logits.shape[0] { values[row * count + index] = 1 }
    }
    let place = target ?? graph.input
    let found = try network.gradient(from: graph.logits, seed: seed, withRespectTo: [place], at: passed)
    guard let gradient = found[place] else { throw ForwardError("the layer has no gradient") }
    return turns && place == graph.input ? gradient.withAxes([0, 2, 3, 1]) : gradient
  }

  /// What a person should know of the numbers.
  func warning(about result: Tensor) -> String? {
    let count = result.nonFiniteCount
    guard count > 0 else { return nil }
    return
      "\(count) of the \(result.count) numbers written to '\(output)' \(count == 1 ? "is" : "are") NaN or infinite"
  }

  /// The model for tensors of the input's height and width; where it has a size of its own, of that.
  private func model(for shape: [Int]) throws(ModelError) -> Model {
    func load(_ options: ModelOptions) throws(ModelError) -> Model {
      try ModelLoader.model(model, options: options) { architecture throws(ModelError) in
        try WeightFinder.path(of: architecture)
      }
    }
    guard let size = Self.size(of: shape) else { return try load(options) }
    var sized = options
    sized.size = size
    do throws(ModelError) {
      return try load(sized)
    } catch {
      switch error {
      // The pass says then which shape the model wants.
      case .option, .mismatch, .graph, .onnx: return try load(options)
      default: throw error
      }
    }
  }

  /// Height and width of a batch of pictures with their channels first or last.
  private static func size(of shape: [Int]) -> ImageSize? {
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }) else { return nil }
    let isLast = shape[1] > 4 && shape[3] <= 4
    return isLast
      ? ImageSize(height: shape[1], width: shape[2]) : ImageSize(height: shape[2], width: shape[3])
  }

  /// Whether a batch of pictures with channels last is what a graph with channels first wants.
  private static func fits(_ given: Shape, _ wanted: Shape) -> Bool {
    given.rank == 4 && wanted.rank == 4
      && [given[3], given[1], given[2]] == [wanted[1], wanted[2], wanted[3]]
  }

  private static func layer(_ name: String, of graph: Graph) throws(ForwardError) -> NodeID {
    if let id = graph.node(named: name) { return id }
    let near = Suggestion.nearestPath(to: name, among: graph.layers.map(\.name))
    throw ForwardError("there is no layer named '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }
}

/// Why `forward` has nothing to write.
private struct ForwardError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
