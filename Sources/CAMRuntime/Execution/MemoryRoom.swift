internal import CMemory
import Glibc

/// How much memory this process can still take, so that what does not fit is refused before it is begun.
///
/// Memory is promised freely and missed late: where nobody counts, a pass that is too large ends the process.
package enum MemoryRoom {
  /// Less than this is taken without counting what is free.
  static let unasked = 32 << 20
  /// What a program that computes wants beside its reserve when it starts: stacks of threads, libraries, a first model.
  package static let least = 64 << 20
  /// Less than this is taken without asking at all: the reserve stands in for it.
  private static let small = 4 << 20

  /// Bytes that are free: of the machine, of the control group, of the process' own limit; the least of them.
  static var available: Int {
    [machine, group, process].compactMap(\.self).min().map { max(0, $0) } ?? .max
  }

  /// How many of `most` entries of a batch, of so many bytes each, find room in half of what is free; at least one.
  ///
  /// What a pool holds in reserve counts as free.
  static func entries(_ most: Int, bytes: Int, reserve: BufferPool) -> Int {
    guard most > 1, bytes > small / most else { return most }
    if bytes <= unasked / most, canTake(most * bytes) { return most }
    return entries(most, bytes: bytes, available: available.addingClamped(reserve.bytesFree))
  }

  /// How many of `most` entries find room in half of what is free; at least one.
  package static func entries(_ most: Int, bytes: Int, available: Int) -> Int {
    max(1, min(most, available / 2 / max(bytes, 1)))
  }

  /// Refuses what needs more bytes than there are; `releasing` may first give back what is held in reserve.
  package static func check(
    _ bytes: Int, for what: @autoclosure () -> String, releasing: () -> Void = {}
  ) throws(GraphError) {
    if MemoryReserve.isSpent { throw .noRoom(for: what(), bytes: bytes, available: mostToTake(of: bytes)) }
    guard bytes > small, !fits(bytes) else { return }
    releasing()
    guard !fits(bytes) else { return }
    throw .noRoom(for: what(), bytes: bytes, available: min(available, mostToTake(of: bytes)))
  }

  /// Whether so many bytes are free.
  private static func fits(_ bytes: Int) -> Bool {
    canTake(bytes) && (bytes <= unasked || bytes <= available)
  }

  /// Whether the system would promise so many bytes: within limits of addresses and data, the reserve untouched.
  package static func canTake(_ bytes: Int) -> Bool { cm_can_take(bytes) != 0 }

  /// The most of less than `bytes` that the system would promise, to the next mebibyte.
  static func mostToTake(of bytes: Int) -> Int {
    var low = 0, high = bytes
    while high - low > 1 << 20 {
      let middle = low + (high - low) / 2
      if canTake(middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// What the machine has without swapping.
  private static var machine: Int? {
    SystemFile.number(of: "MemAvailable", in: "/proc/meminfo").map { $0 << 10 }
  }

  /// What is left of a control group's limit, of either version; pages of files count as free.
  private static var group: Int? {
    let root = "/sys/fs/cgroup"
    if let most = SystemFile.number(root + "/memory.max"),
      let used = SystemFile.number(root + "/memory.current")
    {
      return most - used + (SystemFile.number(of: "file", in: root + "/memory.stat") ?? 0)
    }
    guard let most = SystemFile.number(root + "/memory/memory.limit_in_bytes"), most < 1 << 50,
      let used = SystemFile.number(root + "/memory/memory.usage_in_bytes")
    else { return nil }
    return most - used + (SystemFile.number(of: "cache", in: root + "/memory/memory.stat") ?? 0)
  }

  /// The bytes of addresses that the process may have (`ulimit -v`), nil where any number.
  package static var limit: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max)
    else { return nil }
    return Int(limit.rlim_cur)
  }

  /// What is left of the process' addresses.
  private static var process: Int? {
    guard let limit, let pages = SystemFile.number("/proc/self/statm") else { return nil }
    return limit - pages * Int(getpagesize())
  }
}

extension Int {
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
