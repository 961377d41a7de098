import Glibc

/// Whole folders: moving one into place, and taking away what an interrupted unpacking left.
enum DirectoryTree {
  static var processIdentifier: Int { Int(getpid()) }

  /// Gives the folder `source` its final name; fails where that exists and is not empty.
  static func rename(_ source: String, to target: String) throws(FormatError) {
    guard Glibc.rename(source, target) == 0 else {
      throw FormatError(.system(call: "rename", code: errno), file: target)
    }
  }

  /// Removes the folder and all in it, following no links.
  static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    if let stream = opendir(path) {
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
          })
      }
      closedir(stream)
      for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }
}
