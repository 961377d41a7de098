import CAMRuntime
import ModelIO

/// Times whole explanations, from the decoded picture's bytes to the map at the picture's size.
///
/// `run METHOD N [SCORE]` forgets the picture before every call; `again METHOD N [SCORE]` keeps it and asks for another
/// class each time; `run forward N` times the network alone; `naive METHOD N` is the plain loop over the tail. `interrupt METHOD N`
/// interrupts N calls at several moments and times what passes until they return. `accuracy METHOD 1` compares with
/// single precision.
struct ExplainBench: LineBench {
  private let bench: BenchModel
  private let layer: NodeID
  private let wanted: Int
  private let explainer: Explainer
  private let picture: [UInt8]
  private let size: (height: Int, width: Int)

  init(_ arguments: [String]) throws {
    guard arguments.count >= 5, let wanted = Int(arguments[2]) else {
      throw BenchError("MODEL INPUT CLASS PRECISION LAYER [WEIGHTS] are wanted")
    }
    bench = try BenchModel(
      arguments[0], weights: arguments.count > 5 ? arguments[5] : nil, input: arguments[1],
      precision: arguments[3])
    guard let layer = bench.network.graph.node(named: arguments[4]) else {
      throw BenchError("there is no layer named '\(arguments[4])'")
    }
    self.layer = layer
    self.wanted = wanted
    explainer = Explainer(bench.network)
    let values = bench.input.floats(), shape = bench.input.shape
    guard shape.count == 4, shape[0] == 1, shape[1] == 3 else { throw BenchError("a picture is wanted") }
    size = (shape[2], shape[3])
    let pixels = shape[2] * shape[3]
    picture = (0..<pixels * 3).map { index in
      let value = (values[index % 3 * pixels + index / 3] * 0.225 + 0.45) * 255
      return UInt8(max(0, min(255, value)))
    }
  }

  func answerLines() throws { try answerLines(ready: "{\"ready\": true}") }

  func answer(_ words: [String]) throws -> String {
    guard (3...4).contains(words.count), let count = Int(words[2]), count > 0,
      let kind = words.count == 3 ? .logit : Score.Kind(rawValue: words[3])
    else {
      throw BenchError("`run METHOD N [SCORE]` is wanted")
    }
    if words[1] == "forward" {
      let times = try timings(count) { _ = try bench.network.forward(tensor()) }
      return "{\(times)}"
    }
    guard let type = CAMCatalog.method(named: words[1]) else {
      throw BenchError("there is no method '\(words[1])'")
    }
    let options = words[0] == "naive" ? ["strategy": "naive"] : [:]
    let method = try type.init(MethodArguments(for: type, options))
    if words[0] == "interrupt" { return try interrupts(method, count: count) }
    if words[0] == "accuracy" { return try accuracy(of: method) }
    let classes = bench.network.graph[bench.network.graph.logits].shape.count
    var kept = tensor()
    var turn = 0
    var mean = 0.0, strategy = "", weights: [Float] = []
    if words[0] == "again" { _ = try explainer.explain(kept, request(method, wanted, kind)) }
    let times = try timings(count) {
      if words[0] != "again" {
        explainer.forget()
        kept = tensor()
      } else {
        turn += 1
      }
      let found = try explainer.explain(kept, request(method, (wanted + turn) % classes, kind))
      let map = found.shown
      mean = map.values.reduce(0) { $0 + Double($1) } / Double(map.count)
      strategy = found.strategy.map { "\($0)" } ?? ""
      weights = found.weights ?? []
    }
    let sum = weights.reduce(0) { $0 + Double($1) }
    return "{\(times), \"mean\": \(mean), \"weights\": \(sum), \"strategy\": \"\(strategy)\"}"
  }

  /// The weights and the map beside those of single precision.
  private func accuracy(of method: any CAMMethod) throws -> String {
    let input = tensor()
    let exact = Explainer(try Network(bench.network.graph))
    let wanted = try exact.explain(input, request(method, self.wanted))
    explainer.forget()
    let found = try explainer.explain(input, request(method, self.wanted))
    let agreement = MapAgreement(
      weights: found.weights ?? [], map: found.map.values, wantedWeights: wanted.weights ?? [],
      wantedMap: wanted.map.values)
    return agreement.json
  }

  private func interrupts(_ method: any CAMMethod, count: Int) throws -> String {
    let layers = Array(repeating: layer, count: type(of: method).minimumLayers)
    let request = ExplanationRequest(method, layers: layers, score: Score(.logit, classIndex: wanted))
    return try InterruptBench(flag: bench.network.options.interrupt).json(count: count) {
      explainer.forget()
      _ = try explainer.explain(tensor(), request)
    }
  }

  private func request(
    _ method: any CAMMethod, _ index: Int, _ kind: Score.Kind = .logit
  ) -> ExplanationRequest {
    ExplanationRequest(method, layers: [layer], score: Score(kind, classIndex: index), normalization: .minmax)
  }

  /// The picture's bytes as the network takes them.
  private func tensor() -> Tensor {
    let pixels = size.height * size.width
    return Tensor([1, 3, size.height, size.width]) { target in
      picture.withUnsafeBufferPointer { bytes in
        for channel in 0..<3 {
          for pixel in 0..<pixels {
            target[channel * pixels + pixel] = Float(bytes[pixel * 3 + channel]) * (1 / (255 * 0.225)) - 2
          }
        }
      }
    }
  }
}
