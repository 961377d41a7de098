import Glibc

/// Writes files whole or not at all.
package enum AtomicPicture {
  /// Replaces or makes the file at `path`; whatever stood there stays until the new bytes are on disk.
  package static func write(_ bytes: [UInt8], to path: String) throws(ImageError) {
    let temporary = "\(path).\(getpid()).partial"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .cannotWrite(path: path, reason: reason()) }
    var done = 0
    var failed = false
    bytes.withUnsafeBytes { buffer in
      while done < buffer.count, !failed {
        let count = Glibc.write(file, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { failed = true } else { done += count }
      }
    }
    failed = failed || fsync(file) != 0
    failed = close(file) != 0 || failed
    failed = failed || rename(temporary, path) != 0
    if failed {
      let reason = reason()
      unlink(temporary)
      throw .cannotWrite(path: path, reason: reason)
    }
  }

  private static func reason() -> String {
    switch errno {
    case ENOENT: "its folder does not exist"
    case EACCES, EROFS: "no permission"
    case ENOSPC: "the disk is full"
    case EISDIR: "it is a directory"
    default: String(cString: strerror(errno))
    }
  }
}
