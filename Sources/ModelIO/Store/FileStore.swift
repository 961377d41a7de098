import Glibc

/// The folder of downloaded files: `CAMKERNEL_CACHE`, else `camkernel` in the user's cache folder.
package struct FileStore: Sendable {
  package let directory: String

  /// A store in `directory`, or in the place that the environment names.
  package init(directory: String? = nil) {
    self.directory = directory ?? Self.defaultDirectory
  }

  /// Where `file` is kept, whether it is there or not.
  package func path(of file: RemoteFile) -> String { "\(directory)/\(file.name)" }

  /// Where `file` is, if it is anywhere: in the store, or where PyTorch or Keras keep theirs.
  ///
  /// Only names and sizes are compared; `fetch` has compared checksums.
  package func find(_ file: RemoteFile) -> String? {
    candidates(for: file).first { path in
      guard let size = Self.size(ofFileAt: path) else { return false }
      return file.size.map { $0 == size } ?? (size > 0)
    }
  }

  private func candidates(for file: RemoteFile) -> [String] {
    var paths = [path(of: file)]
    let home = Self.environment("HOME") ?? ""
    let torch = Self.folder("TORCH_HOME") ?? "\(Self.folder("XDG_CACHE_HOME") ?? "\(home)/.cache")/torch"
    paths.append("\(torch)/hub/checkpoints/\(file.name)")
    paths.append("\(Self.folder("KERAS_HOME") ?? "\(home)/.keras")/models/\(file.name)")
    return paths
  }

  /// Where `file` is asked for: at its publisher's, or under its name below `CAMKERNEL_MIRROR` where that is set.
  ///
  /// Checksums are the publisher's either way.
  package func origin(of file: RemoteFile) -> RemoteFile {
    guard let mirror = Self.environment("CAMKERNEL_MIRROR") else { return file }
    return file.at(mirror.hasSuffix("/") ? mirror + file.name : "\(mirror)/\(file.name)")
  }

  static var defaultDirectory: String {
    if let directory = folder("CAMKERNEL_CACHE") { return directory }
    if let cache = folder("XDG_CACHE_HOME") { return "\(cache)/camkernel" }
    return "\(environment("HOME") ?? ".")/.cache/camkernel"
  }

  /// A folder of the environment; a kernelspec's `~` comes here as it is written, since no shell reads it.
  private static func folder(_ name: String) -> String? {
    guard let path = environment(name), path == "~" || path.hasPrefix("~/"), let home = environment("HOME")
    else { return environment(name) }
    return home + path.dropFirst()
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  static func size(ofFileAt path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Makes the folder and those above it.
  static func makeDirectory(_ path: String) throws(FormatError) {
    var partial = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      partial += "/\(part)"
      guard mkdir(partial, 0o777) == 0 || errno == EEXIST || errno == EISDIR || errno == EROFS else {
        throw FormatError(.system(call: "mkdir", code: errno), file: partial)
      }
    }
  }
}
