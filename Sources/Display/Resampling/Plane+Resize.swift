internal import CPixels

/// How a field of numbers is brought to another size.
package enum PlaneFilter: String, Sendable, CaseIterable {
  /// PyTorch's bilinear with `align_corners=False`, OpenCV's INTER_LINEAR: pixels are areas, borders repeat.
  case bilinear
  /// Corners stay corners: `align_corners=True`, SciPy's `zoom` of order 1.
  case corners
  /// PyTorch's bicubic (a = -0.75), borders repeated.
  case bicubic
  /// PyTorch's nearest: floor of the scaled index.
  case nearest
}

extension Plane {
  /// The field in another size.
  package func resized(width newWidth: Int, height newHeight: Int, filter: PlaneFilter = .bilinear) -> Plane {
    precondition(
      newWidth > 0 && newHeight > 0 && width > 0 && height > 0, "a size of \(newWidth)x\(newHeight)")
    if newWidth == width, newHeight == height { return self }
    switch filter {
    case .bilinear, .corners: return bilinear(newWidth, newHeight, corners: filter == .corners)
    case .bicubic: return bicubic(newWidth, newHeight)
    case .nearest:
      let rows = (0..<newHeight).map {
        Swift.min(Int(Float($0) * (Float(height) / Float(newHeight))), height - 1)
      }
      let columns = (0..<newWidth).map {
        Swift.min(Int(Float($0) * (Float(width) / Float(newWidth))), width - 1)
      }
      return Plane(
        width: newWidth, height: newHeight,
        values: rows.flatMap { row in columns.map { values[row * width + $0] } })
    }
  }

  private func bilinear(_ newWidth: Int, _ newHeight: Int, corners: Bool) -> Plane {
    let rows = Neighbours(from: height, to: newHeight, corners: corners)
    let columns = Neighbours(from: width, to: newWidth, corners: corners)
    let size = newWidth * newHeight
    let resized = [Float](unsafeUninitializedCapacity: size) { buffer, count in
      cpx_bilinear(
        values, width, buffer.baseAddress, newHeight, newWidth, rows.first, rows.second, rows.weight,
        columns.first,
        columns.second, columns.weight)
      count = size
    }
    return Plane(width: newWidth, height: newHeight, values: resized)
  }

  private func bicubic(_ newWidth: Int, _ newHeight: Int) -> Plane {
    let rows = Self.cubicTaps(from: height, to: newHeight)
    let columns = Self.cubicTaps(from: width, to: newWidth)
    var wide = [Float](repeating: 0, count: newWidth * height)
    for y in 0..<height {
      for (x, taps) in columns.enumerated() {
        wide[y * newWidth + x] = taps.reduce(0) { $0 + values[y * width + $1.index] * $1.weight }
      }
    }
    var result = [Float](repeating: 0, count: newWidth * newHeight)
    for (y, taps) in rows.enumerated() {
      for x in 0..<newWidth {
        result[y * newWidth + x] = taps.reduce(0) { $0 + wide[$1.index * newWidth + x] * $1.weight }
      }
    }
    return Plane(width: newWidth, height: newHeight, values: result)
  }

  private static func cubicTaps(from size: Int, to newSize: Int) -> [[(index: Int, weight: Float)]] {
    let scale = Float(size) / Float(newSize)
    let a: Float = -0.75
    func inner(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func outer(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return (0..<newSize).map { place in
      let source = (Float(place) + 0.5) * scale - 0.5
      let start = Int(source.rounded(.down))
      let t = source - Float(start)
      let weights = [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)]
      return weights.enumerated().map { (Swift.min(Swift.max(start - 1 + $0, 0), size - 1), $1) }
    }
  }
}

/// The two neighbours of each place of a stretched row, and the second one's share.
private struct Neighbours {
  private(set) var first: [Int32] = []
  private(set) var second: [Int32] = []
  private(set) var weight: [Float] = []

  init(from size: Int, to newSize: Int, corners: Bool) {
    let scale =
      corners ? (newSize > 1 ? Float(size - 1) / Float(newSize - 1) : 0) : Float(size) / Float(newSize)
    for place in 0..<newSize {
      let source = corners ? Float(place) * scale : Swift.max((Float(place) + 0.5) * scale - 0.5, 0)
      let start = Swift.min(Int(source), size - 1)
      first.append(Int32(start))
      second.append(Int32(Swift.min(start + 1, size - 1)))
      weight.append(source - Float(start))
    }
  }
}
