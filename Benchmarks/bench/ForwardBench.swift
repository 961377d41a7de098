import CAMRuntime
import ModelIO

/// Times forward passes: `run N`; `trace N` gives the least milliseconds of each step and how often it ran instead.
struct ForwardBench: LineBench {
  private let bench: BenchModel
  private let input: Tensor
  private let ready: String

  init(_ arguments: [String]) throws {
    guard arguments.count >= 4, let batch = Int(arguments[2]), batch > 0 else {
      throw BenchError("MODEL INPUT BATCH PRECISION [WEIGHTS] are wanted")
    }
    let start = milliseconds()
    bench = try BenchModel(
      arguments[0], weights: arguments.count > 4 ? arguments[4] : nil, input: arguments[1],
      precision: arguments[3])
    let one = bench.input.floats()
    let repeated = (0..<batch).flatMap { _ in one }
    input = Tensor(Shape([batch] + bench.input.shape.dropFirst()), values: repeated)
    let first = try bench.network.forward(input)
    let loaded = (milliseconds() - start) / 1e3
    let logits = first[bench.network.graph.logits]?.entries(0..<1).values ?? []
    ready = "{\"ready\": true, \"load_s\": \(loaded), \"logits\": \(logits)}"
  }

  func answerLines() throws { try answerLines(ready: ready) }

  func answer(_ words: [String]) throws -> String {
    guard words.count == 2, ["run", "trace"].contains(words[0]), let count = Int(words[1]), count > 0 else {
      throw BenchError("`run N` or `trace N` is wanted")
    }
    if words[0] == "trace" { return try steps(count) }
    let times = try timings(count) {
      let found = try bench.network.forward(input)
      guard found.contains(bench.network.graph.logits) else { throw BenchError("no logits came out") }
    }
    return "{\(times)}"
  }

  private func steps(_ count: Int) throws -> String {
    let trace = Trace()
    bench.network.trace = trace
    defer { bench.network.trace = nil }
    for _ in 0..<count { _ = try bench.network.forward(input) }
    let steps = trace.entries.map { "[\"\($0.name)\", \"\($0.kind)\", \($0.seconds * 1e3), \($0.runs)]" }
    return "[\(steps.joined(separator: ", "))]"
  }
}
