import CAMRuntime
import CVector
import Testing

/// The loops on AMX's tiles, run on a model of the tiles in plain C beside the loops on AVX-512's pairs.
@Suite("AMX", .serialized, .enabled(if: cv_has_bf16() != 0, "no products of 16 bits here"))
struct AMXModelTests {
  struct Problem: CustomTestStringConvertible {
    var batch = 1
    var pixels: Int
    var taps = 1
    var run: Int
    var outputs: Int
    /// The distance of neighbouring pixels in pairs; uneven where nil.
    var distance: Int? = nil
    var isNarrow = false
    var hasResidual = false

    var testDescription: String {
      "\(batch) x \(pixels) pixels, \(taps) taps of \(run) pairs, \(outputs) outputs\(isNarrow ? ", narrow" : "")"
    }
  }

  static let problems: [Problem] = [
    Problem(pixels: 32, run: 16, outputs: 32, distance: 16),
    Problem(pixels: 49, run: 32, outputs: 64, distance: 32),
    Problem(batch: 2, pixels: 33, run: 48, outputs: 48, distance: 50, isNarrow: true),
    Problem(pixels: 1, run: 17, outputs: 16),
    Problem(pixels: 15, run: 8, outputs: 10, distance: 8, hasResidual: true),
    Problem(pixels: 17, taps: 9, run: 20, outputs: 50, isNarrow: true, hasResidual: true),
    Problem(batch: 3, pixels: 70, taps: 3, run: 31, outputs: 31, hasResidual: true),
    Problem(pixels: 96, taps: 9, run: 32, outputs: 96, distance: 32),
  ]

  @Test("products are those of the loops on pairs", arguments: problems)
  func products(_ problem: Problem) throws {
    var numbers = SeededNumbers(11)
    let inner = problem.taps * problem.run * 2
    let image = (problem.pixels + problem.taps) * max(problem.distance ?? 0, problem.run) + 64
    let weights = numbers.tensor([problem.outputs, inner], -0.2, 0.2).values
    let wide = numbers.tensor([problem.batch, image * 2], -1, 1).values
    let bias = numbers.tensor([problem.outputs + 32], -1, 1).values
    let count = problem.batch * problem.pixels * problem.outputs
    let residual = numbers.tensor([count], -1, 1).values
    let offsets = (0..<problem.taps * problem.pixels).map { place -> Int32 in
      let tap = place / problem.pixels, pixel = place % problem.pixels
      if let distance = problem.distance { return Int32((pixel + tap) * distance) }
      return (place * 7) % 5 == 0 ? -1 : Int32((place * 13) % max(1, image - problem.run - 8))
    }
    var x = [Float](repeating: 0, count: problem.batch * image)
    cv_to_bf16(wide, &x, wide.count)
    var packed = [Float](repeating: 0, count: cv_packed_count(problem.outputs, inner / 2))
    cv_pack_bf16(weights, nil, (0..<Int32(inner)).map { $0 }, &packed, problem.outputs, inner)
    func result() -> [Float] {
      var y = [Float](repeating: 9, count: count)
      offsets.withUnsafeBufferPointer { table in
        bias.withUnsafeBufferPointer { bias in
          residual.withUnsafeBufferPointer { residual in
            var shape = cv_convolution(
              batch: problem.batch, image: image, pixels: problem.pixels, taps: problem.taps,
              run: problem.run,
              outputs: problem.outputs, pitch: problem.outputs, offsets: table.baseAddress, whole: 0,
              pairs: Int32(cv_pairs))
            var finish = cv_finish(
              bias: bias.baseAddress, residual: problem.hasResidual ? residual.baseAddress : nil, low: -0.5,
              high: 2, narrow: problem.isNarrow ? 1 : 0, narrow_residual: 0)
            cv_convolve(&shape, x, packed, &finish, &y)
          }
        }
      }
      guard problem.isNarrow else { return y }
      var widened = [Float](repeating: 0, count: count)
      cv_from_bf16(y, &widened, count)
      return widened
    }
    let expected = result()
    #expect(Set(expected).count > min(count, 64) / 3, "the case compares constants")
    try #require(cv_model_amx(1) != 0, "the model is part of debug builds")
    defer { _ = cv_model_amx(0) }
    let error = difference(result(), expected.map(Double.init))
    #expect(error < (problem.isNarrow ? 5e-3 : 1e-5))
  }

  @Test("networks compute the same in 16 bits, separable blocks too", arguments: [(32, 65, 7), (24, 33, 7)])
  func networks(_ channels: Int, _ size: Int, _ stem: Int) throws {
    let graph = try NarrowValueTests.graph(channels: channels, size: size, stem: stem)
    var numbers = SeededNumbers(5)
    let input = numbers.tensor([2, 3, size, size])
    let exact = try #require(try Network(graph).forward(input)[graph.logits]).values.map(Double.init)
    let options = ExecutionOptions(precision: .bfloat16)
    try #require(cv_model_amx(1) != 0, "the model is part of debug builds")
    defer { _ = cv_model_amx(0) }
    let before = cv_model_products()
    let tiles = try #require(try Network(graph, options: options).forward(input)[graph.logits])
    #expect(difference(tiles.values, exact) < 2e-2)
    #expect(cv_model_products() > before, "the tiles were not used")
  }
}
