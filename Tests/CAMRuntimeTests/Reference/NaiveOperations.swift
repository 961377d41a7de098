import CAMRuntime

/// Operations written for clarity, in double precision, on row-major values.
enum Naive {
  static func at(_ x: Tensor, _ n: Int, _ c: Int, _ h: Int, _ w: Int, _ values: [Float]) -> Double {
    Double(values[((n * x.shape[1] + c) * x.shape[2] + h) * x.shape[3] + w])
  }

  static func convolution(_ x: Tensor, _ op: Convolution, output: Shape) -> [Double] {
    let values = x.values, weights = op.weight.values, bias = op.bias?.values
    let perGroup = op.weight.shape[1], outputsPerGroup = output[1] / op.groups
    var result: [Double] = []
    for n in 0..<output[0] {
      for o in 0..<output[1] {
        for oy in 0..<output[2] {
          for ox in 0..<output[3] {
            var sum = Double(bias?[o] ?? 0)
            for i in 0..<perGroup {
              for ky in 0..<op.weight.shape[2] {
                for kx in 0..<op.weight.shape[3] {
                  let y = oy * op.stride.height - op.padding.top + ky * op.dilation.height
                  let z = ox * op.stride.width - op.padding.left + kx * op.dilation.width
                  guard y >= 0, y < x.shape[2], z >= 0, z < x.shape[3] else { continue }
                  let channel = o / outputsPerGroup * perGroup + i
                  let weight = weights[
                    ((o * perGroup + i) * op.weight.shape[2] + ky) * op.weight.shape[3] + kx]
                  sum += at(x, n, channel, y, z, values) * Double(weight)
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }

  static func transposedConvolution(_ x: Tensor, _ op: TransposedConvolution, output: Shape) -> [Double] {
    let values = x.values, weights = op.weight.values, perGroup = op.weight.shape[1]
    var result = [Double](repeating: 0, count: output.count)
    for n in 0..<x.shape[0] {
      for c in 0..<x.shape[1] {
        for y in 0..<x.shape[2] {
          for z in 0..<x.shape[3] {
            for o in 0..<perGroup {
              for ky in 0..<op.weight.shape[2] {
                for kx in 0..<op.weight.shape[3] {
                  let oy = y * op.stride.height - op.padding.top + ky * op.dilation.height
                  let ox = z * op.stride.width - op.padding.left + kx * op.dilation.width
                  guard oy >= 0, oy < output[2], ox >= 0, ox < output[3] else { continue }
                  let channel = c / (x.shape[1] / op.groups) * perGroup + o
                  let weight = weights[
                    ((c * perGroup + o) * op.weight.shape[2] + ky) * op.weight.shape[3] + kx]
                  result[((n * output[1] + channel) * output[2] + oy) * output[3] + ox] +=
                    at(x, n, c, y, z, values) * Double(weight)
                }
              }
            }
          }
        }
      }
    }
    if let bias = op.bias?.values {
      let plane = output[2] * output[3]
      for place in result.indices { result[place] += Double(bias[place / plane % output[1]]) }
    }
    return result
  }

  /// Windows as lists of input positions; a nil position is padding.
  static func windows(
    _ x: Tensor, output: Shape, kernel: Extent, stride: Extent, padding: Padding, dilation: Extent,
    join: ([Double], Int) -> Double
  ) -> [Double] {
    let values = x.values
    var result: [Double] = []
    for n in 0..<output[0] {
      for c in 0..<output[1] {
        for oy in 0..<output[2] {
          for ox in 0..<output[3] {
            var inside: [Double] = [], padded = 0
            for ky in 0..<kernel.height {
              for kx in 0..<kernel.width {
                let y = oy * stride.height - padding.top + ky * dilation.height
                let z = ox * stride.width - padding.left + kx * dilation.width
                if y < x.shape[2] + padding.bottom, z < x.shape[3] + padding.right { padded += 1 }
                if y >= 0, y < x.shape[2], z >= 0, z < x.shape[3] { inside.append(at(x, n, c, y, z, values)) }
              }
            }
            result.append(join(inside, padded))
          }
        }
      }
    }
    return result
  }

  /// Rows of `n` values with mean 0 and variance 1.
  static func normalized(_ values: [Float], rows: Int, epsilon: Float) -> [Double] {
    let n = values.count / rows
    return (0..<rows).flatMap { row -> [Double] in
      let part = values[row * n..<(row + 1) * n].map(Double.init)
      let mean = part.reduce(0, +) / Double(n)
      let variance = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
      return part.map { ($0 - mean) / (variance + Double(epsilon)).squareRoot() }
    }
  }
}
