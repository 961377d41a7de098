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
  func callAsFunction(_ picture: Tensor, interrupt: InterruptFlag) throws -> Tensor {
    let (height, width) = (picture.shape[2], picture.shape[3])
    return try picture.withValues { source in
      try Tensor(picture.shape) { target in
        for start in stride(from: 0, to: picture.count, by: height * width) {
          try interrupt.check()
          let plane = start..<start + height * width
          blur(
            UnsafeBufferPointer(rebasing: source[plane]), UnsafeMutableBufferPointer(rebasing: target[plane]),
            height: height, width: width)
        }
      }
    }
  }

  /// Sums tap by tap, each over all pixels of a row, so that rows are added as vectors.
  private func blur(
    _ source: UnsafeBufferPointer<Float>, _ target: UnsafeMutableBufferPointer<Float>, height: Int, width: Int
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: height * width) { rows in
      inParallel(height) { range in
        var wide = [Double](repeating: 0, count: width + 2 * radius)
        for row in range {
          for place in wide.indices {
            wide[place] = Double(source[row * width + mirrored(place - radius, count: width)])
          }
          for column in 0..<width { rows[row * width + column] = 0 }
          for (tap, weight) in kernel.enumerated() {
            for column in 0..<width { rows[row * width + column] += weight * wide[tap + column] }
          }
        }
      }
      inParallel(height) { range in
        var sums = [Double](repeating: 0, count: width)
        for row in range {
          for column in 0..<width { sums[column] = 0 }
          for (tap, weight) in kernel.enumerated() {
            let start = mirrored(row + tap - radius, count: height) * width
            for column in 0..<width { sums[column] += weight * rows[start + column] }
          }
          for column in 0..<width { target[row * width + column] = Float(sums[column]) }
        }
      }
    }
  }

  private func mirrored(_ index: Int, count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = ((index % period) + period) % period
    return place < count ? place : period - place
  }
}
