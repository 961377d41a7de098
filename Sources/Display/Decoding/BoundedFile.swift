import Glibc

/// Reads a file that may be anything: never waits for a FIFO, never reads more than a limit.
enum BoundedFile {
  static let limit = 512 << 20

  /// The file's bytes; `isStopped` is asked between pieces.
  static func bytes(at path: String, isStopped: () -> Bool = { false }) throws(ImageError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      // A name that is not UTF-8 came here with signs of that in the place of its bytes.
      let isRepaired = errno == ENOENT && path.unicodeScalars.contains("\u{FFFD}")
      throw .file(reason: isRepaired ? "its name is not UTF-8: rename it" : reason())
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .file(reason: reason()) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .notAFile(kind: "a directory")
    case S_IFIFO: throw .notAFile(kind: "a FIFO")
    case S_IFSOCK: throw .notAFile(kind: "a socket")
    default: throw .notAFile(kind: "a device")
    }
    let size = Int(status.st_size)
    guard size <= limit else { throw .fileTooLarge(bytes: size, limit: limit) }
    try PictureMemory.check(size)
    var failure: ImageError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        if isStopped() {
          failure = .stopped
          break
        }
        let got = read(file, buffer.baseAddress.map { $0 + count }, min(size - count, 16 << 20))
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = .file(reason: reason()) }
        if got <= 0 { break }
        count += got
      }
    }
    if let failure { throw failure }
    return bytes
  }

  static func reason() -> String {
    switch errno {
    case ENOENT: "there is no such file"
    case EACCES: "no permission to read it"
    default: String(cString: strerror(errno))
    }
  }
}
