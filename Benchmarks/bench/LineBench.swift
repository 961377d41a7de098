import CAMRuntime
import Glibc
import ModelIO

/// What both kinds of benchmark share: lines in, JSON out, and the process' memory.
protocol LineBench {
  /// The answer to a line's words.
  func answer(_ words: [String]) throws -> String
}

extension LineBench {
  /// Says what `ready` is, then answers lines until there are none left.
  func answerLines(ready: String) throws {
    say(ready)
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      say(first == "memory" ? memory() : try answer(words))
    }
  }

  private func say(_ text: String) {
    print(text)
    fflush(nil)
  }

  private func memory() -> String {
    "{\"peak_mb\": \(Self.status("VmHWM")), \"resident_mb\": \(Self.status("VmRSS"))}"
  }

  /// A field of /proc/self/status in MiB.
  private static func status(_ key: String) -> Double {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard line.hasPrefix(key + ":") else { continue }
      let digits = line.filter(\.isNumber)
      return (Double(digits) ?? 0) / 1024
    }
    return 0
  }
}

/// Milliseconds of a monotonic clock.
func milliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
}

/// The times of runs as JSON.
func timings(_ count: Int, _ body: () throws -> Void) rethrows -> String {
  var wall: [Double] = []
  var processor: [Double] = []
  for _ in 0..<count {
    let start = milliseconds(), startClock = clock()
    try body()
    wall.append(milliseconds() - start)
    processor.append(Double(clock() - startClock) * 1e3 / Double(CLOCKS_PER_SEC))
  }
  return "\"ms\": \(wall), \"cpu_ms\": \(processor)"
}

/// A model of a name or file, with its weights where they are elsewhere, and a tensor file.
struct BenchModel {
  let model: Model
  let network: Network
  let input: RawTensor
  /// Seconds from nothing to a network that has run once.
  var loadSeconds = 0.0

  init(_ reference: String, weights: String?, input: String, precision: String) throws {
    guard let precision = Precision(rawValue: precision) else {
      throw BenchError("'\(precision)' is no precision")
    }
    var options = ModelOptions()
    options.weights = weights
    model = try ModelLoader.model(reference, options: options) { _ throws(ModelError) in
      throw .option("the benchmark downloads nothing: name a weight file")
    }
    network = try Network(model.graph, options: ExecutionOptions(precision: precision))
    self.input = try NumPyArray.read(path: input)
  }
}
