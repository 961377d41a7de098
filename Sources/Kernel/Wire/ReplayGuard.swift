import Synchronization

/// Remembers the signatures of late and refuses one that was seen, so that a recorded message cannot be sent again.
///
/// Holds the newest `capacity` signatures, 8 bytes of each: enough, since nobody without the key can choose them, and a
/// message of one's own is refused by mistake once in 10^15. Memory stays under half a megabyte.
package final class ReplayGuard: Sendable {
  private struct Memory {
    var seen: Set<UInt64> = []
    var inOrder: [UInt64] = []
    var oldest = 0
  }

  private let memory = Mutex(Memory())
  private let capacity: Int

  /// Room for all is taken at once, so that a kernel that runs for days has the size that it had at first.
  package init(capacity: Int = 16_384) {
    self.capacity = capacity
    memory.withLock { memory in
      memory.seen.reserveCapacity(capacity + 1)
      memory.inOrder.reserveCapacity(capacity)
    }
  }

  /// True the first time that this signature comes; an empty one (no key) always passes.
  package func admits(_ signature: [UInt8]) -> Bool {
    guard !signature.isEmpty else { return true }
    let fingerprint = Self.fingerprint(of: signature)
    return memory.withLock { memory in
      guard memory.seen.insert(fingerprint).inserted else { return false }
      if memory.inOrder.count < capacity {
        memory.inOrder.append(fingerprint)
      } else {
        memory.seen.remove(memory.inOrder[memory.oldest])
        memory.inOrder[memory.oldest] = fingerprint
        memory.oldest = (memory.oldest + 1) % capacity
      }
      return true
    }
  }

  private static func fingerprint(of signature: [UInt8]) -> UInt64 {
    signature.prefix(16).reduce(0) { word, digit in
      word << 4 | UInt64(digit & 0x0F) &+ (digit > 0x39 ? 9 : 0)
    }
  }
}
