import Glibc

/// A Gaussian window of odd size, the picture mirrored at its edges (the edge pixel is not repeated).
struct GaussianBlur {
  private let radius: Int
  private let kernel: [Double]

  /// A window of `2 * radius + 1` taps that add up to one.
  init(radius: Int, deviation: Double) {
    self.radius = radius
    let raw = (-radius...radius).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = raw.reduce(0, +)
    kernel = raw.map { $0 / sum }
  }

  /// Each plane of a picture `[N, C, H, W]` blurred along both axes.
  func callAsFunction(_ picture: Tensor) -> Tensor {
    let (height, width) = (picture.shape[2], picture.shape[3])
    return picture.withValues { source in
      Tensor(picture.shape) { target in
        for start in stride(from: 0, to: picture.count, by: height * width) {
          var rows = [Double](repeating: 0, count: height * width)
          for row in 0..<height {
            for column in 0..<width {
              rows[row * width + column] = blurred(at: column, count: width) {
                Double(source[start + row * width + $0])
              }
            }
          }
          for row in 0..<height {
            for column in 0..<width {
              target[start + row * width + column] = Float(
                blurred(at: row, count: height) { rows[$0 * width + column] })
            }
          }
        }
      }
    }
  }

  private func blurred(at place: Int, count: Int, _ value: (Int) -> Double) -> Double {
    var sum = 0.0
    for (tap, weight) in kernel.enumerated() {
      sum += weight * value(mirrored(place + tap - radius, count: count))
    }
    return sum
  }

  private func mirrored(_ index: Int, count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = ((index % period) + period) % period
    return place < count ? place : period - place
  }
}
