import CVector
import Testing

/// Batch normalisation of 16-bit values by the batch's own statistics, with numbers of channels that take the
/// processor's 16-bit instructions and that do not, against plain sums.
@Suite("batch norms on 16-bit values") struct NarrowNormTests {
  private static let rows = 700
  private static let epsilon: Float = 1e-3

  private struct Case {
    let x, dy: [UInt16]
    let scale, shift: [Float]

    init(channels: Int) {
      var numbers = SeededNumbers(UInt64(channels))
      func floats(_ count: Int) -> [Float] { (0..<count).map { _ in numbers.next() } }
      func rounded(_ values: [Float]) -> [UInt16] {
        var halves = [UInt16](repeating: 0, count: values.count)
        cv_to_bfloat16(values, &halves, values.count)
        return halves
      }
      // A mean far from zero, in which small squares would drown.
      x = rounded(floats(rows * channels).map { $0 + 7 })
      dy = rounded(floats(rows * channels))
      scale = floats(channels).map { $0 + 1.5 }
      shift = floats(channels)
    }
  }

  private func wide(_ half: UInt16) -> Double { Double(Float(bitPattern: UInt32(half) << 16)) }

  @Test("results and gradients are those of plain sums", arguments: [24, 64, 96], [Int32(0), 1])
  func plainSums(channels: Int, rectified: Int32) {
    let given = Case(channels: channels), rows = Self.rows
    var y = [UInt16](repeating: 0, count: rows * channels), dx = y
    var mean = [Float](repeating: 0, count: channels), deviation = mean, variance = mean
    var dscale = mean, dshift = mean
    var partial = [Double](repeating: 0, count: 2 * channels * cv_training_parts(rows))
    cv_batch_norm_b(
      given.x, &y, rows, channels, given.scale, given.shift, Self.epsilon, rectified, &mean, &deviation,
      &variance, &partial)
    cv_batch_norm_gradient_b(
      given.x, given.dy, &dx, rows, channels, given.scale, given.shift, rectified, mean, deviation, &dscale,
      &dshift, &partial)
    for c in 0..<channels {
      let x = (0..<rows).map { wide(given.x[$0 * channels + c]) }
      let middle = x.reduce(0, +) / Double(rows)
      let spread = x.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(rows)
      let inverse = 1 / (spread + Double(Self.epsilon)).squareRoot()
      let (scale, shift) = (Double(given.scale[c]), Double(given.shift[c]))
      let v = x.map { ($0 - middle) * inverse }
      let g = v.indices.map { row in
        rectified == 1 && v[row] * scale + shift <= 0 ? 0 : wide(given.dy[row * channels + c])
      }
      let (sum, product) = (g.reduce(0, +), zip(g, v).reduce(0) { $0 + $1.0 * $1.1 })
      #expect(abs(Double(mean[c]) - middle) < 1e-5 && abs(Double(variance[c]) - spread) < 1e-5)
      #expect(abs(Double(dshift[c]) - sum) < 1e-3 * Double(rows).squareRoot())
      #expect(abs(Double(dscale[c]) - product) < 1e-3 * Double(rows).squareRoot())
      for row in 0..<rows {
        let result = v[row] * scale + shift, place = row * channels + c
        let wanted = rectified == 1 ? max(0, result) : result
        #expect(abs(wide(y[place]) - wanted) <= 1e-4 + abs(wanted) / 250)
        // A value that the rectifier's edge cuts may fall on either side of it.
        guard rectified == 0 || abs(result) > 1e-4 else { continue }
        let slope = scale * inverse * (g[row] - sum / Double(rows) - v[row] * product / Double(rows))
        #expect(abs(wide(dx[place]) - slope) <= 1e-4 + abs(slope) / 250)
      }
    }
  }
}
