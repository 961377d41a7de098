extension [Float] {
  /// The value below which `percent` of the sorted values lie, interpolated linearly between neighbours.
  package func percentile(_ percent: Double) -> Float {
    sorted().percentileOfSorted(percent)
  }

  /// The same where the values are sorted already.
  func percentileOfSorted(_ percent: Double) -> Float {
    guard !isEmpty else { return 0 }
    let place = percent / 100 * Double(count - 1)
    let low = Swift.min(Int(place), count - 1)
    let high = Swift.min(low + 1, count - 1)
    return self[low] + Float(place - Double(low)) * (self[high] - self[low])
  }
}
