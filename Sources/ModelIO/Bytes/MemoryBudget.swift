/// How much memory the reading of one file may take: twice the file and a little for small ones.
///
/// Readers charge what they are about to allocate, before they do; so no count in a file can cost more
/// than the file's own size allows.
package struct MemoryBudget: Sendable {
  /// What even an empty file may cost.
  package static let allowance = 64 << 20

  package let limit: Int
  package private(set) var used = 0

  /// The budget of a file of `fileSize` bytes.
  package init(fileSize: Int) {
    let (twice, overflow) = fileSize.multipliedReportingOverflow(by: 2)
    limit = overflow ? Int.max : Swift.max(twice, twice &+ Self.allowance)
  }

  /// Takes `bytes` for `what`, or throws.
  package mutating func charge(
    _ bytes: Int, for what: @autoclosure () -> String, offset: Int? = nil
  ) throws(FormatError) {
    guard bytes >= 0, bytes <= limit - used else {
      let wanted = used.addingReportingOverflow(Swift.max(0, bytes))
      throw FormatError(
        .tooLarge(what: what(), size: wanted.overflow ? Int.max : wanted.partialValue, limit: limit),
        offset: offset)
    }
    used += bytes
  }
}
