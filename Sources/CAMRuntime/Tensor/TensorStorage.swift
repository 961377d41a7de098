import Glibc

/// The bytes of a tensor: its own 64-byte aligned memory, or memory that somebody else keeps alive.
///
/// Unchecked: the bytes are written once, before the first `Tensor` over them exists, and only read after.
package final class TensorStorage: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  /// The first byte.
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(base) }
  private let owner: (any AnyObject & Sendable)?
  private let pool: (pool: BufferPool, capacity: Int)?

  /// Memory for `count` elements, not yet written.
  init(count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    base = MemoryReserve.take((bytes + 63) & ~63, border: 64).bindMemory(
      to: Float.self, capacity: max(count, 1))
    self.count = count
    owner = nil
    pool = nil
  }

  /// Memory of a pool for `count` elements, which goes back there.
  init(count: Int, from pool: BufferPool) {
    let block = pool.take(bytes: count * MemoryLayout<Float>.stride)
    base = block.base.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
    owner = nil
    self.pool = (pool, block.capacity)
  }

  /// Memory that `owner` keeps alive.
  init(borrowing pointer: UnsafePointer<Float>, count: Int, owner: any AnyObject & Sendable) {
    base = UnsafeMutablePointer(mutating: pointer)
    self.count = count
    self.owner = owner
    pool = nil
  }

  /// Tells the owner that the bytes are not needed soon: weights that were packed are read no more.
  func coolDown() { (owner as? any CoolingOwner)?.coolDown() }

  deinit {
    if let pool {
      pool.pool.give(UnsafeMutableRawPointer(base), capacity: pool.capacity)
    } else if owner == nil {
      free(base)
    }
  }
}

/// An owner of bytes that can let go of the memory behind them until they are read again.
protocol CoolingOwner {
  func coolDown()
}
