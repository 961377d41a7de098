/// An integer of a shape computation: a constant plus a multiple of the batch size, which is not known at import.
struct SymbolicInteger: Sendable, Hashable, ExpressibleByIntegerLiteral {
  var constant: Int
  /// How many times the batch size.
  var batches: Int

  init(_ constant: Int, batches: Int = 0) {
    self.constant = constant
    self.batches = batches
  }

  init(integerLiteral value: Int) { self.init(value) }

  /// The value where it does not depend on the batch.
  var known: Int? { batches == 0 ? constant : nil }

  /// The value for a batch of `count`.
  func value(forBatch count: Int) -> Int? {
    let (product, overflow) = batches.multipliedReportingOverflow(by: count)
    let (sum, overflowed) = constant.addingReportingOverflow(product)
    return overflow || overflowed ? nil : sum
  }

  static func + (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger {
    SymbolicInteger(left.constant &+ right.constant, batches: left.batches &+ right.batches)
  }

  static func - (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger {
    SymbolicInteger(left.constant &- right.constant, batches: left.batches &- right.batches)
  }

  /// The product; nil where both depend on the batch.
  static func * (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger? {
    guard left.batches == 0 || right.batches == 0 else { return nil }
    let (factor, other) = left.batches == 0 ? (left.constant, right) : (right.constant, left)
    return SymbolicInteger(other.constant &* factor, batches: other.batches &* factor)
  }

  /// The quotient rounded towards zero; nil where it would not be a whole multiple of the batch.
  static func / (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger? {
    if left == right, left.batches != 0 { return 1 }
    guard let divisor = right.known, divisor != 0, divisor != -1 || left.constant != .min else { return nil }
    if left.batches == 0 { return SymbolicInteger(left.constant / divisor) }
    guard left.batches % divisor == 0, left.constant % divisor == 0 else { return nil }
    return SymbolicInteger(left.constant / divisor, batches: left.batches / divisor)
  }
}
