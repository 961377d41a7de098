internal import CVector

/// A linear map along one axis: each new element is a weighted sum of old ones, plus a constant.
///
/// Padding and resampling are maps of this kind, one axis after another.
struct AxisMap: Sendable {
  /// Where the taps of each new element start; one more at the end.
  private(set) var first: [Int] = [0]
  private(set) var index: [Int] = []
  private(set) var weight: [Float] = []
  private(set) var constant: [Float] = []

  /// The number of new elements.
  var count: Int { first.count - 1 }

  /// Adds an element that is a weighted sum of old ones.
  mutating func append(_ taps: [(index: Int, weight: Float)], plus summand: Float = 0) {
    for tap in taps where tap.weight != 0 {
      index.append(tap.index)
      weight.append(tap.weight)
    }
    first.append(index.count)
    constant.append(summand)
  }

  /// Maps an axis of a value.
  func apply(to value: Value, axis: Int, on device: Device) -> Value {
    var shape = value.shape
    shape[axis] = count
    let result = device.allocate(shape, value.layout)
    let parts = Self.parts(of: value, around: axis)
    cv_resample(
      value.pointer, result.pointer, parts.outer, value.shape[axis], count, parts.inner, first, index,
      weight, constant)
    return result
  }

  /// The gradient with respect to what was mapped.
  func transposed(of gradient: Value, axis: Int, extent: Int, on device: Device) -> Value {
    var shape = gradient.shape
    shape[axis] = extent
    let result = device.allocate(shape, gradient.layout)
    let parts = Self.parts(of: gradient, around: axis)
    cv_resample_gradient(
      gradient.pointer, result.pointer, parts.outer, extent, count, parts.inner, first, index, weight)
    return result
  }

  private static func parts(of value: Value, around axis: Int) -> (outer: Int, inner: Int) {
    let order = value.layout.axes(of: value.shape.rank)
    let place = order.firstIndex(of: axis) ?? 0
    func product(_ axes: ArraySlice<Int>) -> Int { axes.reduce(1) { $0 * value.shape[$1] } }
    return (product(order[..<place]), product(order[(place + 1)...]))
  }
}

extension Device {
  /// Applies the maps of some axes one after the other.
  func apply(_ maps: [(axis: Int, map: AxisMap)], to value: Value) -> Value {
    maps.reduce(value) { $1.map.apply(to: $0, axis: $1.axis, on: self) }
  }

  /// The gradient with respect to what the maps were applied to.
  func transposed(_ maps: [(axis: Int, map: AxisMap)], of gradient: Value, to shape: Shape) -> Value {
    maps.reversed().reduce(gradient) {
      $1.map.transposed(of: $0, axis: $1.axis, extent: shape[$1.axis], on: self)
    }
  }
}
