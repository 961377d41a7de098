/// How the positions of a small grid lie on a large one.
package enum GridAlignment: Sendable {
  /// Pixels are squares and their centres are at halves (cv2, torch's `align_corners=False`).
  case halfPixel
  /// The corner pixels lie on each other (torch's `align_corners=True`).
  case corners
}

/// Bilinear resampling along one axis: for each target position two source positions and the second's share.
struct LinearTaps {
  let low: [Int]
  let high: [Int]
  let share: [Float]

  init(from source: Int, to target: Int, alignment: GridAlignment) {
    var low: [Int] = []
    var high: [Int] = []
    var share: [Float] = []
    for index in 0..<target {
      let place: Double
      switch alignment {
      case .halfPixel:
        place = Swift.max(0, (Double(index) + 0.5) * Double(source) / Double(target) - 0.5)
      case .corners:
        place = target > 1 ? Double(index) * Double(source - 1) / Double(target - 1) : 0
      }
      let first = Swift.min(Int(place), source - 1)
      low.append(first)
      high.append(Swift.min(first + 1, source - 1))
      share.append(Float(place - Double(first)))
    }
    self.low = low
    self.high = high
    self.share = share
  }
}

extension SaliencyMap {
  /// The map resampled bilinearly to another size, edges clamped, without antialiasing.
  package func resized(
    height newHeight: Int, width newWidth: Int, alignment: GridAlignment = .halfPixel
  ) -> SaliencyMap {
    guard newHeight != height || newWidth != width, count > 0 else { return self }
    let rows = LinearTaps(from: height, to: newHeight, alignment: alignment)
    let columns = LinearTaps(from: width, to: newWidth, alignment: alignment)
    let result = [Float](unsafeUninitializedCapacity: newHeight * newWidth) { target, count in
      values.withUnsafeBufferPointer { source in
        resample(source, into: target, width: width, rows: rows, columns: columns)
      }
      count = newHeight * newWidth
    }
    return SaliencyMap(height: newHeight, width: newWidth, values: result)
  }
}

/// Writes one plane of `width` columns, resampled by the taps, to `target`.
///
/// First along the rows of the source, each once, then between them.
func resample(
  _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>, width: Int,
  rows: LinearTaps, columns: LinearTaps
) {
  let newWidth = columns.low.count
  guard let last = rows.high.last, newWidth > 0 else { return }
  withUnsafeTemporaryAllocation(of: Float.self, capacity: (last + 1) * newWidth) { wide in
    for row in 0...last {
      let start = row * width
      for column in 0..<newWidth {
        let left = source[start + columns.low[column]]
        let right = source[start + columns.high[column]]
        wide[row * newWidth + column] = left + columns.share[column] * (right - left)
      }
    }
    for row in rows.low.indices {
      let upper = rows.low[row] * newWidth
      let lower = rows.high[row] * newWidth
      let down = rows.share[row]
      let start = row * newWidth
      for column in 0..<newWidth {
        let top = wide[upper + column]
        target[start + column] = top + down * (wide[lower + column] - top)
      }
    }
  }
}
