/// The neighbours and weights of each element of one resized axis.
struct ResizeTaps {
  let mode: Resize.Mode
  let coordinates: Resize.Coordinates
  let antialias: Bool
  let excludesOutside: Bool
  /// The number of old and new elements.
  let extent: Int
  let count: Int
  let scale: Float
  let axis: Int

  /// The axis' map.
  var map: AxisMap {
    var map = AxisMap()
    for place in 0..<count {
      let position = position(of: place)
      if case .crop(_, _, let outside) = coordinates, position < 0 || position > Double(extent - 1) {
        map.append([], plus: outside)
      } else {
        map.append(taps(at: position))
      }
    }
    return map
  }

  /// Where a new element lies among the old ones.
  private func position(of place: Int) -> Double {
    // Which of two places a tie goes to depends on rounding: other programs compute in 32 bits.
    if case .nearest = mode { return Double(position(of: Float(place))) }
    return position(of: Double(place))
  }

  private func position<Number: BinaryFloatingPoint>(of x: Number) -> Number {
    let scale = Number(scale), old = Number(extent)
    switch coordinates {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      // The new extent may be cut from the exact one; both then share their centre.
      let exact = scale * old
      let adjustment = Number(count) / exact
      return old / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return count > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners:
      // ONNX takes the exact length here, which a factor need not make whole.
      let exact = abs(scale * old - Number(count)) < 1e-3 ? Number(count) : scale * old
      return count > 1 ? x * (old - 1) / (exact - 1) : 0
    case .asymmetric: return x / scale
    case .crop(let starts, let ends, _):
      let start = Number(starts[axis]), end = Number(ends[axis])
      return count > 1
        ? start * (old - 1) + x * (end - start) * (old - 1) / Number(count - 1)
        : 0.5 * (start + end) * (old - 1)
    }
  }

  private func taps(at position: Double) -> [(index: Int, weight: Float)] {
    switch mode {
    case .nearest(let rounding): return [(min(max(nearest(position, rounding), 0), extent - 1), 1)]
    case .linear: return kernel(at: position, radius: 1) { max(0, 1 - abs($0)) }
    case .cubic(let coefficient):
      let a = Double(coefficient)
      return kernel(at: position, radius: 2) { distance in
        let x = abs(distance)
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
      }
    }
  }

  private func nearest(_ position: Double, _ rounding: Resize.Rounding) -> Int {
    switch rounding {
    case .floor: return Int(position.rounded(.down))
    case .ceil: return Int(position.rounded(.up))
    case .preferFloor: return Int((position - 0.5).rounded(.up))
    case .preferCeil: return Int((position + 0.5).rounded(.down))
    }
  }

  private func kernel(
    at position: Double, radius: Double, _ weight: (Double) -> Double
  ) -> [(index: Int, weight: Float)] {
    let stretch = antialias ? max(1, 1 / Double(scale)) : 1
    let reach = radius * stretch
    var taps: [Int: Double] = [:]
    var total = 0.0
    for index in Int((position - reach).rounded(.down))...Int((position + reach).rounded(.up)) {
      let share = weight((Double(index) - position) / stretch)
      if share == 0 { continue }
      if excludesOutside, !(0..<extent).contains(index) { continue }
      taps[min(max(index, 0), extent - 1), default: 0] += share
      total += share
    }
    guard total != 0 else { return [] }
    return taps.sorted { $0.key < $1.key }.map { ($0.key, Float($0.value / total)) }
  }
}
