/// An integer of a shape computation: a constant, plus a multiple of the batch size, which is not known at import,
/// plus a multiple of the number of the entry in the batch (exporters compute places of entries that way).
struct SymbolicInteger: Sendable, Hashable, ExpressibleByIntegerLiteral {
  var constant: Int
  /// How many times the batch size.
  var batches: Int
  /// How many times the entry's number.
  var entries: Int

  init(_ constant: Int, batches: Int = 0, entries: Int = 0) {
    self.constant = constant
    self.batches = batches
    self.entries = entries
  }

  init(integerLiteral value: Int) { self.init(value) }

  /// The value where it does not depend on the batch.
  var known: Int? { batches == 0 && entries == 0 ? constant : nil }

  /// The value for a batch of `count`; nil where each entry has its own.
  func value(forBatch count: Int) -> Int? {
    let (product, overflow) = batches.multipliedReportingOverflow(by: count)
    let (sum, overflowed) = constant.addingReportingOverflow(product)
    return overflow || overflowed || entries != 0 ? nil : sum
  }

  static func + (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger {
    SymbolicInteger(
      left.constant &+ right.constant, batches: left.batches &+ right.batches,
      entries: left.entries &+ right.entries)
  }

  static func - (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger {
    SymbolicInteger(
      left.constant &- right.constant, batches: left.batches &- right.batches,
      entries: left.entries &- right.entries)
  }

  /// The product; nil where both depend on the batch.
  static func * (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger? {
    guard let (factor, other) = left.known.map({ ($0, right) }) ?? right.known.map({ ($0, left) }) else {
      return nil
    }
    return SymbolicInteger(
      other.constant &* factor, batches: other.batches &* factor, entries: other.entries &* factor)
  }

  /// The quotient rounded towards zero; nil where it would not be a whole multiple.
  static func / (left: SymbolicInteger, right: SymbolicInteger) -> SymbolicInteger? {
    // Multiples of the batch size, which is not zero.
    if left.entries == 0, right.entries == 0, left.constant == 0, right.constant == 0, right.batches > 0,
      left.batches % right.batches == 0
    {
      return SymbolicInteger(left.batches / right.batches)
    }
    if left == right, left.batches != 0, left.entries == 0 { return 1 }
    guard let divisor = right.known, divisor != 0, divisor != -1 || left.constant != .min else { return nil }
    if let known = left.known { return SymbolicInteger(known / divisor) }
    guard [left.constant, left.batches, left.entries].allSatisfy({ $0 % divisor == 0 }) else { return nil }
    return SymbolicInteger(
      left.constant / divisor, batches: left.batches / divisor, entries: left.entries / divisor)
  }
}
