import Glibc

/// Paths that a file gives for its companions: they may not lead out of the file's folder.
enum ContainedPath {
  /// The path of `location` below `directory`; refuses absolute paths, `..` and links that lead outside.
  static func resolve(_ location: String, in directory: String, offset: Int) throws(FormatError) -> String {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !parts.contains(".."), !location.hasPrefix("/"), !location.utf8.contains(0),
      !location.contains("\\")
    else { throw FormatError(.escapingPath(location), offset: offset) }
    let path = "\(directory)/\(location)"
    guard let inside = canonical(path) else {
      throw FormatError(.system(call: "open", code: errno), file: path)
    }
    guard let root = canonical(directory), inside.hasPrefix(root == "/" ? "/" : root + "/") else {
      throw FormatError(.escapingPath(location), offset: offset)
    }
    return path
  }

  private static func canonical(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
