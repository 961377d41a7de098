/// How far the running explanation is: loops that take long say it here, and whoever shows it listens.
///
/// Owned by the thread of its network.
package final class WorkMeter {
  /// Told the share that is done, 0 to 1, each time that it grows.
  package var listener: ((Double) throws -> Void)?
  private var start = 0.0
  private var share = 1.0

  package init() {}

  /// Says that so many of the steps of the running part are done.
  package func step(_ done: Int, of total: Int) throws {
    try listener?(start + share * Double(done) / Double(max(total, 1)))
  }

  /// Does one of several parts of the running part: what is said meanwhile is a share of it.
  package func part<Result>(_ index: Int, of count: Int, _ work: () throws -> Result) rethrows -> Result {
    let outer = (start, share)
    start += share * Double(index) / Double(max(count, 1))
    share /= Double(max(count, 1))
    defer { (start, share) = outer }
    return try work()
  }
}
