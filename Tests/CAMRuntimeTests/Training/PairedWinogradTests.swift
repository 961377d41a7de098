import CVector
import Testing

/// A 3x3 convolution of stride 1 on rounded numbers, and its three passes by plain sums.
private struct PlainConvolution {
  let shape: cv_paired_winograd
  let input, slopes: [UInt16]
  let weights, bias: [Float]

  init(_ shape: cv_paired_winograd) {
    self.shape = shape
    var numbers = SeededNumbers(UInt64(shape.h * 131 + shape.c))
    func floats(_ count: Int) -> [Float] { (0..<count).map { _ in numbers.next() } }
    func rounded(_ count: Int) -> [UInt16] {
      let values = floats(count)
      return [UInt16](unsafeUninitializedCapacity: count) { target, filled in
        cv_to_bfloat16(values, target.baseAddress, count)
        filled = count
      }
    }
    input = rounded(shape.batch * shape.h * shape.w * shape.c)
    slopes = rounded(shape.batch * shape.oh * shape.ow * shape.outputs)
    weights = floats(shape.outputs * shape.c * 9)
    bias = floats(shape.outputs)
  }

  static func wide(_ half: UInt16) -> Double { Double(Float(bitPattern: UInt32(half) << 16)) }

  /// Calls `body` with the places of every product: result, input, weight (without their channels).
  func taps(_ body: (_ result: Int, _ input: Int, _ tap: Int) -> Void) {
    for n in 0..<shape.batch {
      for y in 0..<shape.oh {
        for x in 0..<shape.ow {
          for tap in 0..<9 {
            let (iy, ix) = (y - shape.top + tap / 3, x - shape.left + tap % 3)
            guard (0..<shape.h).contains(iy), (0..<shape.w).contains(ix) else { continue }
            body((n * shape.oh + y) * shape.ow + x, (n * shape.h + iy) * shape.w + ix, tap)
          }
        }
      }
    }
  }

  /// The result, the gradient of the input and that of the weights.
  func passes() -> (result: [Double], input: [Double], weights: [Double]) {
    let (c, k) = (shape.c, shape.outputs)
    let x = input.map(Self.wide), dy = slopes.map(Self.wide), w = weights.map(Double.init)
    var y = (0..<slopes.count).map { Double(bias[$0 % k]) }
    var dx = [Double](repeating: 0, count: x.count), dw = [Double](repeating: 0, count: w.count)
    taps { result, place, tap in
      for output in 0..<k {
        for channel in 0..<c {
          let weight = (output * c + channel) * 9 + tap
          y[result * k + output] += x[place * c + channel] * w[weight]
          dx[place * c + channel] += dy[result * k + output] * w[weight]
          dw[weight] += dy[result * k + output] * x[place * c + channel]
        }
      }
    }
    return (y, dx, dw)
  }
}

@Suite("Winograd's form on pairs of 16-bit floats", .serialized) struct PairedWinogradTests {
  /// What rounding the transformed numbers to eight digits leaves of a sum's Euclidean length.
  private static let rounding = 1e-2

  private static let shapes = [
    cv_paired_winograd(batch: 2, h: 8, w: 8, c: 32, oh: 8, ow: 8, outputs: 64, top: 1, left: 1),
    cv_paired_winograd(batch: 3, h: 7, w: 5, c: 64, oh: 5, ow: 3, outputs: 32, top: 0, left: 0),
    cv_paired_winograd(batch: 1, h: 3, w: 9, c: 32, oh: 5, ow: 11, outputs: 96, top: 2, left: 2),
    cv_paired_winograd(batch: 5, h: 1, w: 1, c: 32, oh: 1, ow: 1, outputs: 32, top: 1, left: 1),
  ]

  private func distance(_ found: [Double], _ wanted: [Double]) -> Double {
    let difference = zip(found, wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (difference / wanted.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  private func scratch<Result>(_ bytes: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { memory.deallocate() }
    // What memory holds must not matter.
    memory.initializeMemory(as: UInt8.self, repeating: 0xFF, count: bytes)
    return body(memory)
  }

  private func packed(_ shape: cv_paired_winograd, _ pack: (UnsafeMutablePointer<UInt16>) -> Void) -> [UInt16]
  {
    let count = cv_paired_winograd_packed_count(shape.outputs, shape.c)
    return [UInt16](unsafeUninitializedCapacity: count) { target, filled in
      if let base = target.baseAddress { pack(base) }
      filled = count
    }
  }

  private func run(
    _ shape: cv_paired_winograd, _ x: [UInt16], _ weights: [UInt16], _ bias: [Float]?
  ) -> [Double] {
    var shape = shape
    var y = [UInt16](repeating: 0, count: shape.batch * shape.oh * shape.ow * shape.outputs)
    scratch(cv_paired_winograd_scratch(&shape)) { memory in
      func run(_ bias: UnsafePointer<Float>?) {
        var finish = cv_finish(
          bias: bias, residual: nil, low: -.infinity, high: .infinity, narrow: 1, narrow_residual: 0)
        cv_paired_winograd_run(&shape, x, weights, &finish, &y, memory)
      }
      bias?.withUnsafeBufferPointer { run($0.baseAddress) } ?? run(nil)
    }
    return y.map(PlainConvolution.wide)
  }

  @Test(
    "all three passes are those of plain sums, whatever the picture's size, padding and the threads",
    .enabled(if: cv_has_bf16() != 0, "no products of 16-bit pairs here"), arguments: shapes, [1, 2, 3])
  func passes(shape: cv_paired_winograd, threads: Int) {
    var shape = shape
    let plain = PlainConvolution(shape), wanted = plain.passes()
    let before = cv_threads()
    cv_set_threads(Int32(threads))
    defer { cv_set_threads(before) }
    #expect(cv_paired_winograd_fits(&shape) != 0)
    let forward = packed(shape) { cv_paired_winograd_pack(plain.weights, $0, shape.outputs, shape.c) }
    #expect(distance(run(shape, plain.input, forward, plain.bias), wanted.result) < Self.rounding)

    let turned = cv_paired_winograd(
      batch: shape.batch, h: shape.oh, w: shape.ow, c: shape.outputs, oh: shape.h, ow: shape.w,
      outputs: shape.c, top: 2 - shape.top, left: 2 - shape.left)
    let back = packed(turned) { cv_paired_winograd_pack_turned(plain.weights, $0, shape.outputs, shape.c) }
    #expect(distance(run(turned, plain.slopes, back, nil), wanted.input) < Self.rounding)

    var dweights = [Float](repeating: .nan, count: plain.weights.count)
    var dbias = [Float](repeating: .nan, count: shape.outputs)
    scratch(cv_paired_winograd_slopes_scratch(&shape)) {
      cv_paired_winograd_slopes(&shape, plain.input, plain.slopes, &dweights, &dbias, $0)
    }
    #expect(distance(dweights.map(Double.init), wanted.weights) < Self.rounding)
    var sums = [Double](repeating: 0, count: shape.outputs)
    for (place, slope) in plain.slopes.enumerated() {
      sums[place % shape.outputs] += PlainConvolution.wide(slope)
    }
    #expect(distance(dbias.map(Double.init), sums) < 1e-5)
  }

  @Test("channels that are no multiple of 32 are left to others")
  func channels() {
    var shape = cv_paired_winograd(batch: 2, h: 8, w: 8, c: 48, oh: 8, ow: 8, outputs: 64, top: 1, left: 1)
    #expect(cv_paired_winograd_fits(&shape) == 0)
    (shape.c, shape.outputs) = (64, 48)
    #expect(cv_paired_winograd_fits(&shape) == 0)
  }
}
