/// The number of values that are NaN or infinite.
///
/// Times zero, such a value is NaN and any other zero: sixteen values are looked at together, one by one only where
/// a sum is not zero.
func nonFiniteCount(_ values: UnsafeBufferPointer<Float>) -> Int {
  let bytes = UnsafeRawBufferPointer(values)
  var sums = (SIMD16<Float>(), SIMD16<Float>())
  var index = 0
  while index + 32 <= values.count {
    sums.0 += 0 * bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self)
    sums.1 += 0 * bytes.loadUnaligned(fromByteOffset: index * 4 + 64, as: SIMD16<Float>.self)
    index += 32
  }
  var total = (sums.0 + sums.1).sum()
  while index < values.count {
    total += 0 * values[index]
    index += 1
  }
  return total == 0 ? 0 : values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
}

extension Tensor {
  /// The number of values that are NaN or infinite.
  package var nonFiniteCount: Int { withValues { CAMRuntime.nonFiniteCount($0) } }
}
