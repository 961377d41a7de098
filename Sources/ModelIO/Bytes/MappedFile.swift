import Glibc

/// A regular file seen as memory: nothing is read before it is looked at.
package final class MappedFile: Sendable {
  private let address: UInt
  private let length: Int
  package let path: String

  /// Maps the file at `path`; never waits, also not on a pipe or a device.
  package init(path: String) throws(FormatError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FormatError(.system(call: "open", code: errno), file: path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FormatError(.system(call: "fstat", code: errno), file: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FormatError(.notARegularFile(Self.kind(of: status.st_mode)), file: path)
    }
    self.path = path
    length = Int(status.st_size)
    guard length > 0 else {
      address = 0
      return
    }
    guard let memory = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw FormatError(.system(call: "mmap", code: errno), file: path)
    }
    address = UInt(bitPattern: memory)
  }

  /// Gives back the pages that lie wholly inside some bytes; they stay in the system's cache of files.
  func letGo(_ start: UnsafeRawPointer, count: Int) {
    let page = 4096, start = Int(bitPattern: start)
    let first = (start + page - 1) / page * page, last = (start + count) / page * page
    if last > first { madvise(UnsafeMutableRawPointer(bitPattern: first), last - first, MADV_DONTNEED) }
  }

  deinit {
    if let memory = UnsafeMutableRawPointer(bitPattern: address) { munmap(memory, length) }
  }

  /// All bytes; they live as long as the slice does.
  package var bytes: ByteSlice {
    guard let base = UnsafeRawPointer(bitPattern: address) else { return ByteSlice([]) }
    return ByteSlice(owner: self, base: base, count: length)
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a named pipe"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFSOCK: "a socket"
    default: "something else"
    }
  }
}
