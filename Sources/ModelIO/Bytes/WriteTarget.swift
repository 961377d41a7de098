import Glibc

/// Where a file that is to be written really lies.
struct WriteTarget {
  /// The path that is replaced: behind links, where there is something.
  let path: String
  /// Whether a device, a pipe or a socket stands there, which takes bytes and cannot be replaced.
  let isStream: Bool

  init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self.path = path
      isStream = false
      return
    }
    let kind = status.st_mode & S_IFMT
    isStream = kind != S_IFREG && kind != S_IFDIR
    guard kind == S_IFREG, let resolved = realpath(path, nil) else {
      self.path = path
      return
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
  }
}
