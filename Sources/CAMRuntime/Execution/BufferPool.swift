import Glibc
import Synchronization

/// Blocks of memory that values of passes come from and go back to.
///
/// The pool outlives its blocks, because each block's owner keeps it.
final class BufferPool: Sendable {
  private struct State {
    var free: [Int: [Address]] = [:]
    var used = 0
    var mostUsed = 0

    /// A free block of a capacity.
    mutating func take(_ capacity: Int) -> (base: UnsafeMutableRawPointer, capacity: Int)? {
      guard let place = place(of: capacity) else { return nil }
      return free[place]?.popLast().map { ($0.base, place) }
    }

    /// The capacity of a free block; where there is none of this one, of a large one the least that is at most eight times as large.
    func place(of capacity: Int) -> Int? {
      guard free[capacity]?.isEmpty ?? true else { return capacity }
      guard capacity >= BufferPool.large else { return nil }
      return free.filter { $0.key > capacity && $0.key <= 8 * capacity && !$0.value.isEmpty }.keys.min()
    }
  }
  /// Blocks of so many bytes are shared by values of different sizes: a pass needs few of them at a time.
  static let large = 4 << 20
  private struct Address: @unchecked Sendable { let base: UnsafeMutableRawPointer }
  // Values may be let go on any thread.
  private let state = Mutex(State())

  /// A block of at least this many bytes, 64-byte aligned, not cleared.
  func take(bytes: Int) -> (base: UnsafeMutableRawPointer, capacity: Int) {
    let capacity = Self.capacity(for: bytes)
    let reused = state.withLock { state in
      let reused = state.take(capacity)
      state.used += reused?.capacity ?? capacity
      state.mostUsed = max(state.mostUsed, state.used)
      return reused
    }
    return reused ?? (MemoryReserve.take(capacity, border: 4096), capacity)
  }

  /// The bytes that `body` takes at once beside what is in use before it.
  func mostTaken<R>(by body: () throws -> R) rethrows -> (result: R, bytes: Int) {
    trim()
    let before = state.withLock { state in
      state.mostUsed = state.used
      return state.used
    }
    let result = try body()
    return (result, state.withLock { $0.mostUsed } - before)
  }

  /// Refuses what finds no room here nor in the system, unless it is so small that the reserve stands in for it.
  ///
  /// Asked before each step of a pass: nobody could answer for a block that is missing in the midst of one.
  func checkRoom(for bytes: Int, of what: @autoclosure () -> String) throws(GraphError) {
    guard bytes >= Self.large else { return }
    let held = bytesFree
    if bytes <= held || MemoryRoom.canTake(bytes - held) { return }
    Self.trimAll()
    guard !MemoryRoom.canTake(bytes) else { return }
    throw .noRoom(for: what(), bytes: bytes, available: MemoryRoom.mostToTake(of: bytes))
  }

  /// The bytes that nobody uses.
  var bytesFree: Int {
    state.withLock { state in state.free.reduce(0) { $0 + $1.key * $1.value.count } }
  }

  /// Takes a block back.
  func give(_ base: UnsafeMutableRawPointer, capacity: Int) {
    let address = Address(base: base)
    state.withLock { state in
      state.free[capacity, default: []].append(address)
      state.used -= capacity
    }
  }

  /// Frees what nobody uses.
  func trim() {
    state.withLock { state in
      for blocks in state.free.values {
        for block in blocks { Glibc.free(block.base) }
      }
      state.free = [:]
    }
  }

  /// Frees what nobody uses in any pool: memory is the process'.
  static func trimAll() {
    let pools = all.withLock { all in all.values.compactMap(\.pool) }
    for pool in pools { pool.trim() }
  }

  private struct Registered { weak var pool: BufferPool? }
  private static let all = Mutex<[ObjectIdentifier: Registered]>([:])

  init() { Self.all.withLock { $0[ObjectIdentifier(self)] = Registered(pool: self) } }

  deinit {
    trim()
    Self.all.withLock { $0[ObjectIdentifier(self)] = nil }
  }

  /// The bytes of a block for so many 32-bit floats.
  static func bytes(for elements: Int) -> Int { capacity(for: elements * MemoryLayout<Float>.stride) }

  // Four sizes to an octave: a block serves values of nearly its size, and few sizes are held.
  private static func capacity(for bytes: Int) -> Int {
    let least = max(bytes, 4096)
    let octave = 1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)
    let step = max(octave / 4, 4096)
    return (least + step - 1) / step * step
  }
}
