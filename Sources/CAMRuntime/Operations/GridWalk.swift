import Glibc

/// An element that a place of a grid reads.
struct GridTap {
  var offset: Int
  var weight: Float
  /// What the weight gains for a step of the grid along each axis.
  var slopes: [Float]
}

/// The walk over a grid's places.
struct GridWalk {
  private let sample: GridSample
  private let extents: [Int]
  private let strides: [Int]
  private let grid: Value
  private let entries: Int
  let channels: Int
  /// The elements of one channel.
  let size: Int
  /// The places of one entry's grid.
  let places: Int

  init(_ sample: GridSample, _ shape: Shape, _ grid: Value) {
    self.sample = sample
    self.grid = grid
    entries = shape[0]
    channels = shape[1]
    extents = Array(shape.dimensions[2...])
    strides = Shape(extents).strides
    size = extents.reduce(1, *)
    places = grid.shape.dimensions[1..<grid.shape.rank - 1].reduce(1, *)
  }

  /// The number of axes that are sampled.
  var axes: Int { extents.count }

  /// Where the grid keeps the coordinates of a place.
  func row(_ entry: Int, _ place: Int) -> Int {
    ((grid.shape[0] == 1 ? 0 : entry) * places + place) * axes
  }

  /// Calls `body` with each entry, place, and the elements that are read there.
  func visit(_ body: (Int, Int, [GridTap]) -> Void) {
    for entry in 0..<entries {
      for place in 0..<places { body(entry, place, taps(at: grid.pointer + row(entry, place))) }
    }
  }

  private func taps(at coordinates: UnsafePointer<Float>) -> [GridTap] {
    var taps = [GridTap(offset: 0, weight: 1, slopes: [Float](repeating: 1, count: axes))]
    for axis in 0..<axes {
      let along = line(coordinates[axes - 1 - axis], extents[axis])
      taps = taps.flatMap { tap in
        along.map { one in
          var next = tap
          next.offset += one.index * strides[axis]
          next.weight *= one.weight
          for other in 0..<axes { next.slopes[other] *= other == axis ? one.slope : one.weight }
          return next
        }
      }
    }
    return taps
  }

  /// The elements along one axis that a coordinate reads.
  private func line(_ coordinate: Float, _ extent: Int) -> [(index: Int, weight: Float, slope: Float)] {
    let length = Float(extent)
    var scale = (sample.alignsCorners ? length - 1 : length) / 2
    var x = sample.alignsCorners ? (coordinate + 1) * scale : ((coordinate + 1) * length - 1) / 2
    if sample.mode == .nearest { x.round(.toNearestOrEven) }
    (x, scale) = folded(x, scale, length)
    // Far outside, or no number: nothing is read, or what the border holds.
    guard x > -4, x < length + 4 else { return [] }
    let first = Int(x.rounded(.down)), rest = x - x.rounded(.down)
    return weights(rest).enumerated().compactMap { place, tap in
      let index = first + place - (sample.mode == .cubic ? 1 : 0)
      return inside(index, extent).map { ($0, tap.weight, tap.slope * scale) }
    }
  }

  /// The coordinate within the value where the outside repeats that, and how it moves with the grid.
  private func folded(_ x: Float, _ scale: Float, _ length: Float) -> (Float, Float) {
    let low: Float = sample.alignsCorners ? 0 : -0.5
    let high = sample.alignsCorners ? length - 1 : length - 0.5
    guard sample.outside != .zeros, x < low || x > high else { return (x, scale) }
    if sample.outside == .border {
      // A cubic reaches inwards from outside; three steps away it reads the outermost element only.
      let reach: Float = sample.mode == .cubic ? 3 : 0
      return (min(max(x, -reach), length - 1 + reach), reach == 0 ? 0 : scale)
    }
    guard high > low else { return (low, 0) }
    let round = fmodf(abs(x - low), 2 * (high - low))
    let goesBack = round > high - low
    return (goesBack ? high - (round - (high - low)) : low + round, (goesBack != (x < low)) ? -scale : scale)
  }

  /// The element that stands for an index.
  private func inside(_ index: Int, _ extent: Int) -> Int? {
    if 0..<extent ~= index { return index }
    switch sample.outside {
    case .zeros: return nil
    case .border: return min(max(index, 0), extent - 1)
    case .reflection:
      if extent == 1 { return 0 }
      let period = sample.alignsCorners ? 2 * (extent - 1) : 2 * extent
      let place = ((index % period) + period) % period
      return place < extent ? place : (sample.alignsCorners ? period : period - 1) - place
    }
  }

  private func weights(_ t: Float) -> [(weight: Float, slope: Float)] {
    switch sample.mode {
    case .nearest: [(1, 0)]
    case .linear: [(1 - t, -1), (t, 1)]
    case .cubic: [outer(1 + t, 1), inner(t, 1), inner(1 - t, -1), outer(2 - t, -1)]
    }
  }

  /// Keys' cubic within one step of its centre, coefficient -0.75, and its slope.
  private func inner(_ t: Float, _ sign: Float) -> (weight: Float, slope: Float) {
    ((1.25 * t - 2.25) * t * t + 1, sign * (3.75 * t - 4.5) * t)
  }

  /// The same from one step to two.
  private func outer(_ t: Float, _ sign: Float) -> (weight: Float, slope: Float) {
    (((-0.75 * t + 3.75) * t - 6) * t + 3, sign * ((-2.25 * t + 7.5) * t - 6))
  }
}
