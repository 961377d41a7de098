import Glibc

/// The bytes that have come so far; they stay on disk for the next try.
///
/// One process at a time.
final class PartialFile {
  let path: String
  private let descriptor: CInt
  private(set) var size: Int
  /// Why the last write failed.
  private(set) var failure: FormatError?

  init(path: String, file: RemoteFile) throws(FetchError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw .file(FormatError(.system(call: "open", code: errno), file: path)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .busy(file)
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(lseek(descriptor, 0, SEEK_END))
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
  }

  func remove() { unlink(path) }

  func rename(to target: String) throws(FormatError) {
    guard fsync(descriptor) == 0, Glibc.rename(path, target) == 0 else {
      throw FormatError(.system(call: "rename", code: errno), file: target)
    }
  }
}
