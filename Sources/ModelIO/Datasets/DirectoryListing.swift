import Glibc

/// What is in a folder, in the order of the names' bytes: the same on every machine.
enum DirectoryListing {
  struct Entry {
    let name: String
    let isDirectory: Bool
  }

  /// Regular files and folders in `path`; hidden ones are left out, links are followed.
  static func entries(of path: String) throws(FormatError) -> [Entry] {
    guard let stream = opendir(path) else {
      throw FormatError(.system(call: "open", code: errno), file: path)
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard !name.hasPrefix("."), let kind = kind(of: "\(path)/\(name)") else { continue }
      if kind == S_IFREG || kind == S_IFDIR {
        entries.append(Entry(name: name, isDirectory: kind == S_IFDIR))
      }
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  static func isFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }
  static func isDirectory(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

  /// Why nothing can be found in a folder: it is not there, is none, or is closed to this user; nil where it is open.
  static func obstacle(to path: String) -> Int32? {
    var status = stat()
    return stat("\(path)/.", &status) == 0 ? nil : errno
  }

  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
