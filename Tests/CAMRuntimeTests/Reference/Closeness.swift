import Testing

/// How far two rows of numbers may be apart, relative to the greatest magnitude of the reference.
enum Tolerance {
  /// Single precision against the double precision oracle, through a small net.
  static let oracle: Float = 1e-4
  /// Two orders of summation of the same products.
  static let order: Float = 1e-5
  /// The same arithmetic in another batch.
  static let batch: Float = 1e-6
}

/// Expects two rows of numbers to agree.
func expectClose(
  _ found: [Float], _ reference: [Float], within tolerance: Float = Tolerance.oracle, _ what: String = "",
  floor: Float = 1e-12, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == reference.count else {
    Issue.record(
      "\(what): \(found.count) values, \(reference.count) expected", sourceLocation: sourceLocation)
    return
  }
  let scale = max(reference.reduce(Float(0)) { max($0, abs($1)) }, floor)
  var worst: Float = 0
  var place = 0
  for index in found.indices {
    let gap = abs(found[index] - reference[index])
    if gap > worst || gap.isNaN {
      worst = gap
      place = index
    }
    if gap.isNaN { break }
  }
  #expect(
    worst <= tolerance * scale,
    "\(what): \(found[place]) at \(place), \(reference[place]) expected, off by \(worst / scale) of the scale",
    sourceLocation: sourceLocation)
}
