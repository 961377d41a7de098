internal import CMemory
import Glibc

/// Addresses that the process holds back for the moment in which the system gives no more.
///
/// Where memory is limited (`ulimit -v`), any request may be refused, also those that Swift's runtime or a library makes and that
/// nobody could answer with an error. Such a request is served from the reserve, and what runs ends with
/// `Interrupted` as soon as it looks, which gives back what it had taken.
package enum MemoryReserve {
  /// Whether a part of the reserve was let go since it was last held.
  package static var isSpent: Bool { cm_reserve_is_spent() != 0 }

  /// The bytes that are held.
  package static var bytes: Int { cm_reserve_bytes() }

  /// Takes the reserve, or what is missing of it, and forgets that it was spent; says whether it is whole.
  ///
  /// Called when the program starts, before there are other threads, and between commands.
  @discardableResult package static func hold() -> Bool {
    if cm_reserve_hold() != 0 { return true }
    BufferPool.trimAll()
    return cm_reserve_hold() != 0
  }

  /// Aligned memory that is not cleared: of the system, then of what pools hold for later, then of the reserve.
  ///
  /// What is larger than the reserve is asked for beforehand (`MemoryRoom.check`).
  static func take(_ bytes: Int, border: Int) -> UnsafeMutableRawPointer {
    if let taken = cm_take(border, bytes) { return taken }
    BufferPool.trimAll()
    if let taken = cm_take(border, bytes) { return taken }
    var taken: UnsafeMutableRawPointer?
    guard posix_memalign(&taken, border, bytes) == 0, let taken else {
      preconditionFailure("no memory for \(bytes) bytes")
    }
    return taken
  }
}
