extension [Float] {
  /// The value below which `percent` of the sorted values lie, interpolated linearly between neighbours.
  func percentile(_ percent: Double) -> Float {
    guard !isEmpty else { return 0 }
    let sorted = self.sorted()
    let place = percent / 100 * Double(count - 1)
    let low = Swift.min(Int(place), count - 1)
    let high = Swift.min(low + 1, count - 1)
    return sorted[low] + Float(place - Double(low)) * (sorted[high] - sorted[low])
  }
}
