import Glibc

/// The bytes that have come so far; they stay on disk for the next try.
///
/// One process at a time.
final class PartialFile {
  let path: String
  private let descriptor: CInt
  private(set) var size: Int
  /// Whether its first bytes are from an earlier try, perhaps of another file.
  private(set) var holdsLeftOver: Bool
  /// Why the last write failed.
  private(set) var failure: FormatError?

  init(path: String, file: RemoteFile) throws(FetchError) {
    self.path = path
    descriptor = try Self.locked(path, file)
    size = Int(lseek(descriptor, 0, SEEK_END))
    holdsLeftOver = size > 0
  }

  /// Opens the file for this process alone.
  private static func locked(_ path: String, _ file: RemoteFile) throws(FetchError) -> CInt {
    for isLast in [false, false, true] {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw .file(FormatError(.system(call: "open", code: errno), file: path)) }
      // Some folders on a network know no locks: there one does without.
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw .busy(file)
      }
      // Who held the lock until now may have put the file in place, or removed it: then the name is opened anew.
      if isLast || isNamed(path, descriptor) { return descriptor }
      close(descriptor)
    }
    throw .busy(file)
  }

  private static func isNamed(_ path: String, _ descriptor: CInt) -> Bool {
    var (held, named) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev
      && held.st_ino == named.st_ino
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        failure = FormatError(.system(call: "write", code: errno), file: path)
        return false
      }
      rest = rest.dropFirst(written)
      size += written
    }
    return true
  }

  /// Throws away what is here and begins anew.
  func reset() {
    ftruncate(descriptor, 0)
    size = Int(lseek(descriptor, 0, SEEK_SET))
    holdsLeftOver = false
  }

  func remove() { unlink(path) }

  func rename(to target: String) throws(FormatError) {
    guard fsync(descriptor) == 0, Glibc.rename(path, target) == 0 else {
      throw FormatError(.system(call: "rename", code: errno), file: target)
    }
  }
}
