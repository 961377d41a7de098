import Synchronization

/// Remembers the signatures of late and refuses one that was seen, so that a recorded message cannot be sent again.
///
/// Holds the newest `capacity` signatures, 16 bytes of each: enough, since nobody without the key can choose them.
package final class ReplayGuard: Sendable {
  private struct Fingerprint: Hashable {
    var high: UInt64
    var low: UInt64
  }

  private struct Memory {
    var seen: Set<Fingerprint> = []
    var inOrder: [Fingerprint] = []
    var oldest = 0
  }

  private let memory = Mutex(Memory())
  private let capacity: Int

  package init(capacity: Int = 16_384) { self.capacity = capacity }

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

  private static func fingerprint(of signature: [UInt8]) -> Fingerprint {
    var words: [UInt64] = [0, 0]
    for (index, digit) in signature.prefix(32).enumerated() {
      words[index / 16] = words[index / 16] << 4 | UInt64(digit & 0x0F) &+ (digit > 0x39 ? 9 : 0)
    }
    return Fingerprint(high: words[0], low: words[1])
  }
}
