import Glibc

/// The files at which a socket listens: libzmq makes them and leaves them lying.
final class BoundFiles {
  /// A file as it was made; whoever binds to its path later makes another.
  private struct File {
    let path: String
    let device: UInt
    let inode: UInt
  }

  private var files: [File] = []

  /// Notes the file of an endpoint to which a socket was bound, where it has one.
  func note(_ endpoint: String) {
    guard endpoint.hasPrefix("ipc://") else { return }
    if let file = Self.file(at: String(endpoint.dropFirst("ipc://".count))) { files.append(file) }
  }

  /// Takes away those that are still the socket's own.
  func remove() {
    for file in files {
      if let found = Self.file(at: file.path), found.device == file.device, found.inode == file.inode {
        unlink(file.path)
      }
    }
    files = []
  }

  private static func file(at path: String) -> File? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return File(path: path, device: status.st_dev, inode: status.st_ino)
  }
}
