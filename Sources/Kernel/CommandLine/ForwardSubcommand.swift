internal import CAMRuntime
internal import ModelIO

/// Runs a raw tensor through a model, without pictures, sessions or preprocessing.
struct ForwardSubcommand: Subcommand {
  let name = "forward"
  let computes = true
  let usage =
    "MODEL INPUT.npy OUTPUT.npy [--weights FILE | --random SEED] [--layer NAME] [--gradient CLASS] [--precision fp32|bf16] [--threads N]"
  let summary =
    "writes the logits of a tensor, a layer's value, or a logit's gradient there (at the input without --layer)"

  func run(_ arguments: ProgramArguments) throws(UsageError) -> Int32 {
    let request = try ForwardRequest(arguments)
    do {
      let result = try request.result()
      try NumPyArray.write(shape: result.shape.dimensions, floats: result.values, to: request.output)
    } catch {
      Terminal.write("camkernel: \(TerminalText.safe("\(error)"))\n", to: .stderr)
      return 1
    }
    return 0
  }
}

/// What `forward` is asked for.
private struct ForwardRequest {
  let model: String
  let input: String
  let output: String
  private let layer: String?
  private let classIndex: Int?
  private var options = ModelOptions()
  private var execution = ExecutionOptions()

  init(_ arguments: ProgramArguments) throws(UsageError) {
    var arguments = arguments
    options.weights = try arguments.takeValue("--weights")
    options.seed = try Self.number(arguments.takeValue("--random"), UInt64.init, "--random")
    layer = try arguments.takeValue("--layer")
    classIndex = try Self.number(arguments.takeValue("--gradient"), { Int($0) }, "--gradient")
    execution.threads = try Self.number(arguments.takeValue("--threads"), { Int($0) }, "--threads") ?? 0
    if let word = try arguments.takeValue("--precision") {
      guard let precision = Precision(rawValue: word) else {
        throw UsageError("--precision is \(Precision.allCases.map(\.rawValue).joined(separator: " or "))")
      }
      execution.precision = precision
    }
    guard execution.threads >= 0, (classIndex ?? 0) >= 0 else { throw UsageError("a number is negative") }
    let paths = try arguments.positionals(atMost: 3)
    guard paths.count == 3 else { throw UsageError("MODEL, INPUT.npy and OUTPUT.npy are wanted") }
    (model, input, output) = (paths[0], paths[1], paths[2])
  }

  private static func number<T>(
    _ text: String?, _ read: (String) -> T?, _ option: String
  ) throws(UsageError) -> T? {
    guard let text else { return nil }
    guard let value = read(text) else {
      throw UsageError("\(option) takes a whole number, not '\(TerminalText.safe(text))'")
    }
    return value
  }

  func result() throws -> Tensor {
    let loaded = try ModelLoader.model(model, options: options) { architecture throws(ModelError) in
      try WeightFinder.path(of: architecture)
    }
    let graph = loaded.graph
    let raw = try NumPyArray.read(path: input)
    let network = try Network(graph, options: execution)
    let target = try layer.map { name in
      guard let id = graph.node(named: name) else {
        let near = Suggestion.nearest(to: name, among: graph.layers.map(\.name))
        throw ForwardError(
          "there is no layer named '\(name)'" + (near.map { ": did you mean '\($0)'?" } ?? ""))
      }
      return id
    }
    let passed = try network.forward(
      Tensor(exactly: raw), keeping: target.map { [$0] } ?? [])
    guard let logits = passed[graph.logits] else { throw ForwardError("the model gives no logits") }
    guard let classIndex else {
      guard let value = passed[target ?? graph.logits] else { throw ForwardError("the layer has no value") }
      return value
    }
    let count = logits.shape.countPerEntry
    guard classIndex < count else { throw ForwardError("class \(classIndex) of \(count) is asked for") }
    let seed = Tensor(logits.shape) { values in
      for row in 0..<logits.shape[0] { values[row * count + classIndex] = 1 }
    }
    let place = target ?? graph.input
    let found = try network.gradient(from: graph.logits, seed: seed, withRespectTo: [place], at: passed)
    guard let gradient = found[place] else { throw ForwardError("the layer has no gradient") }
    return gradient
  }
}

/// Why `forward` has nothing to write.
private struct ForwardError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
