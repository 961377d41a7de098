import Glibc
import Synchronization

/// Blocks of memory that values of passes come from and go back to.
///
/// The pool outlives its blocks, because each block's owner keeps it.
final class BufferPool: Sendable {
  private struct State {
    var free: [Int: [Address]] = [:]
    var bytesHeld = 0

    /// A free block of a capacity; where there is none, of a large one the smallest that is at most eight times as large.
    mutating func take(_ capacity: Int) -> (base: UnsafeMutableRawPointer, capacity: Int)? {
      var best = capacity
      if free[capacity]?.isEmpty ?? true {
        guard capacity >= BufferPool.large else { return nil }
        let larger = free.filter { $0.key > capacity && $0.key <= 8 * capacity && !$0.value.isEmpty }
        guard let least = larger.keys.min() else { return nil }
        best = least
      }
      return free[best]?.popLast().map { ($0.base, best) }
    }
  }
  /// Blocks of so many bytes are shared by values of different sizes: a pass needs few of them at a time.
  private static let large = 4 << 20
  private struct Address: @unchecked Sendable { let base: UnsafeMutableRawPointer }
  // Values may be let go on any thread.
  private let state = Mutex(State())

  /// A block of at least this many bytes, 64-byte aligned, not cleared.
  func take(bytes: Int) -> (base: UnsafeMutableRawPointer, capacity: Int) {
    let capacity = Self.capacity(for: bytes)
    if let reused = state.withLock({ $0.take(capacity) }) { return reused }
    if let made = Self.made(capacity) {
      state.withLock { $0.bytesHeld += capacity }
      return (made, capacity)
    }
    // What is held in reserve may be what is missing.
    trim()
    guard let made = Self.made(capacity) else { preconditionFailure("no memory for \(capacity) bytes") }
    state.withLock { $0.bytesHeld += capacity }
    return (made, capacity)
  }

  private static func made(_ bytes: Int) -> UnsafeMutableRawPointer? {
    var raw: UnsafeMutableRawPointer?
    return posix_memalign(&raw, 4096, bytes) == 0 ? raw : nil
  }

  /// The bytes that nobody uses.
  var bytesFree: Int {
    state.withLock { state in state.free.reduce(0) { $0 + $1.key * $1.value.count } }
  }

  /// Takes a block back.
  func give(_ base: UnsafeMutableRawPointer, capacity: Int) {
    let address = Address(base: base)
    state.withLock { $0.free[capacity, default: []].append(address) }
  }

  /// Frees what nobody uses.
  func trim() {
    state.withLock { state in
      for (capacity, blocks) in state.free {
        for block in blocks { Glibc.free(block.base) }
        state.bytesHeld -= capacity * blocks.count
      }
      state.free = [:]
    }
  }

  deinit { trim() }

  // Four sizes to an octave: a block serves values of nearly its size, and few sizes are held.
  private static func capacity(for bytes: Int) -> Int {
    let least = max(bytes, 4096)
    let octave = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)
    let step = max(octave / 4, 4096)
    return (least + step - 1) / step * step
  }
}
