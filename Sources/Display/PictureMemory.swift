import Glibc

/// Whether memory for pictures can be had: large ones are asked for before they are begun.
enum PictureMemory {
  /// Less than this is taken without asking.
  private static let small = 4 << 20
  /// What the libraries take that draw figures, with what they load in their turn.
  static let libraries = 48 << 20

  /// Refuses what the system would not promise.
  static func check(_ bytes: Int) throws(ImageError) {
    guard bytes <= small || canTake(bytes) else { throw .noRoom(bytes: bytes) }
  }

  /// Whether the system would promise so many bytes; they are given back at once, and never written.
  static func canTake(_ bytes: Int) -> Bool {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let place = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), place != MAP_FAILED else {
      return false
    }
    munmap(place, bytes)
    return true
  }
}
