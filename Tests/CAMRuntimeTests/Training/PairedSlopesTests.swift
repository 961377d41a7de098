import CVector
import Testing

@Suite("gradients of weights by pairs of pixels", .serialized) struct PairedSlopesTests {
  /// Products of 16-bit floats are exact; what 32-bit sums lose of a sum's Euclidean length.
  private static let rounding = 1e-5

  private static func window(
    n: Int, h: Int, w: Int, c: Int, kernel: (Int, Int), stride: (Int, Int), dilation: Int, padding: Int
  ) -> cv_window {
    func extent(_ input: Int, _ kernel: Int, _ stride: Int) -> Int {
      (input + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1
    }
    return cv_window(
      n: n, h: h, w: w, c: c, oh: extent(h, kernel.0, stride.0), ow: extent(w, kernel.1, stride.1),
      kh: kernel.0, kw: kernel.1, sh: stride.0, sw: stride.1, dh: dilation, dw: dilation, top: padding,
      left: padding, bottom: padding, right: padding, counts_padding: 0)
  }

  private static let windows = [
    window(n: 3, h: 9, w: 12, c: 32, kernel: (3, 3), stride: (2, 2), dilation: 1, padding: 1),
    window(n: 2, h: 7, w: 5, c: 64, kernel: (1, 1), stride: (1, 1), dilation: 1, padding: 0),
    window(n: 1, h: 11, w: 140, c: 32, kernel: (5, 2), stride: (1, 3), dilation: 2, padding: 3),
  ]

  @Test(
    "they are those of plain sums, whatever the window and the threads",
    .enabled(if: cv_has_bf16() != 0, "no products of 16-bit pairs here"), arguments: windows, [1, 2, 3])
  func plainSums(window: cv_window, threads: Int) {
    var w = window
    let outputs = 64, taps = w.kh * w.kw
    var numbers = SeededNumbers(UInt64(w.h + w.c))
    func halves(_ count: Int) -> [UInt16] {
      (0..<count).map { _ in UInt16(numbers.next().bitPattern >> 16) }
    }
    func wide(_ half: UInt16) -> Double { Double(Float(bitPattern: UInt32(half) << 16)) }
    let input = halves(w.n * w.h * w.w * w.c), slopes = halves(w.n * w.oh * w.ow * outputs)
    let (x, dy) = (input.map(wide), slopes.map(wide))
    var wanted = [Double](repeating: 0, count: outputs * w.c * taps)
    var wantedBias = [Double](repeating: 0, count: outputs)
    for place in 0..<(w.n * w.oh * w.ow) {
      let (n, oy, ox) = (place / w.ow / w.oh, place / w.ow % w.oh, place % w.ow)
      for k in 0..<outputs { wantedBias[k] += dy[place * outputs + k] }
      for tap in 0..<taps {
        let iy = oy * w.sh - w.top + tap / w.kw * w.dh, ix = ox * w.sw - w.left + tap % w.kw * w.dw
        guard (0..<w.h).contains(iy), (0..<w.w).contains(ix) else { continue }
        let from = ((n * w.h + iy) * w.w + ix) * w.c
        for k in 0..<outputs {
          for c in 0..<w.c { wanted[(k * w.c + c) * taps + tap] += dy[place * outputs + k] * x[from + c] }
        }
      }
    }
    let before = cv_threads()
    cv_set_threads(Int32(threads))
    defer { cv_set_threads(before) }
    #expect(cv_paired_slopes_fit(&w, outputs) != 0)
    let bytes = cv_paired_slopes_scratch(&w, outputs)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { scratch.deallocate() }
    // What memory holds must not matter.
    scratch.initializeMemory(as: UInt8.self, repeating: 0xFF, count: bytes)
    var found = [Float](repeating: .nan, count: wanted.count)
    var bias = [Float](repeating: .nan, count: outputs)
    cv_paired_slopes(&w, outputs, input, slopes, &found, &bias, scratch)
    #expect(distance(found, wanted) < Self.rounding)
    #expect(distance(bias, wantedBias) < Self.rounding)
  }

  private func distance(_ found: [Float], _ wanted: [Double]) -> Double {
    let difference = zip(found, wanted).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    return (difference / wanted.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }
}
