internal import Glibc
internal import ModelIO

/// Why a file or folder could not be used.
package struct FileError: CellError, Equatable {
  package let path: String
  /// The system's number for the reason.
  package let code: Int32
  /// Set where the file is longer than what may be read.
  package let limit: Int?

  package init(path: String, code: Int32, limit: Int? = nil) {
    self.path = path
    self.code = code
    self.limit = limit
  }

  /// The reason in words.
  package var reason: String {
    if let limit { return "it is longer than \(limit >> 20) MB" }
    if code == ENOENT, FileSystem.isRepaired(path) { return "its name is not UTF-8: rename it" }
    return String(cString: strerror(code)).lowercased()
  }

  package func diagnostic(at span: SourceSpan) -> Diagnostic { diagnostic(at: span, or: "", []) }

  /// The mistake where a name would do in place of a file, such as that of a kept image.
  ///
  /// - Parameters:
  ///   - span: where the path stands.
  ///   - noun: what the names name.
  ///   - names: all that would do.
  /// - Returns: what is missing, with the nearest name or file.
  package func diagnostic(at span: SourceSpan, or noun: String, _ names: [String]) -> Diagnostic {
    guard code == ENOENT, !FileSystem.isRepaired(path) else {
      return Diagnostic("unreadable-file", "cannot read '\(path)': \(reason)", at: span)
    }
    let said = names.isEmpty ? "there is no file '\(path)'" : "there is no file and no \(noun) '\(path)'"
    if let near = Suggestion.nearest(to: path, among: names) {
      return Diagnostic("no-such-file", said, at: span, hints: ["did you mean '\(near)'?"])
    }
    return Diagnostic("no-such-file", said, at: span, hints: hints)
  }

  /// The mistake that the file could not be written.
  package func unwritable(at span: SourceSpan? = nil) -> Diagnostic {
    let folder = FileSystem.split(path).folder
    let isLost = code == ENOENT && !folder.isEmpty && FileSystem.isMissing(folder)
    let reason = isLost ? "there is no folder '\(folder)'" : reason
    return Diagnostic("cannot-write", "cannot write '\(path)': \(reason)", at: span)
  }

  /// The nearest name in the same folder; nil where none is near.
  package var nearest: String? {
    let parts = FileSystem.split(path)
    guard let names = try? FileSystem.names(in: parts.folder.isEmpty ? "." : parts.folder) else { return nil }
    return Suggestion.nearest(to: parts.name, among: names).map { parts.folder + $0 }
  }

  /// The nearest file; where the folder itself is missing, that.
  private var hints: [String] {
    if let nearest { return ["did you mean '\(StringLiteral.written(nearest))'?"] }
    let folder = FileSystem.split(path).folder
    if !folder.isEmpty, FileSystem.isMissing(folder) { return ["there is no folder '\(folder)'"] }
    return path.hasPrefix("/") || path.hasPrefix("~")
      ? [] : ["paths are relative to \(FileSystem.workingDirectory)"]
  }
}

/// Files and folders, without Foundation.
package enum FileSystem {
  /// A path with `~` replaced by the home folder.
  package static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = environment("HOME") else { return path }
    return home + path.dropFirst()
  }

  /// A text with the home folder as `~`, so that what a notebook keeps does not tell whose it was.
  package static func abbreviated(_ text: String) -> String {
    guard let home = environment("HOME"), home != "/" else { return text }
    var parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    for place in parts.indices where parts[place].hasPrefix(home + "/") {
      parts[place] = "~" + parts[place].dropFirst(home.count)
    }
    return parts.joined(separator: " ")
  }

  /// A variable of the environment; nil where it is unset or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  package static var workingDirectory: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  /// The bytes of a file, whose `~` is expanded; one longer than the limit is an error.
  package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(expanded(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, code: errno) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw FileError(path: path, code: EISDIR) }
    guard kind == S_IFREG || kind == S_IFIFO || kind == S_IFCHR else {
      throw FileError(path: path, code: EINVAL)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, code: errno)
      }
      guard bytes.count + count <= limit else { throw FileError(path: path, code: EFBIG, limit: limit) }
      bytes += buffer[..<count]
    }
  }

  /// Writes a file as a whole: a reader sees the former content or the new one.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    do throws(FormatError) {
      var file = try AtomicFile(path: expanded(path))
      try file.write(bytes)
      try file.commit()
    } catch {
      guard case .system(_, let code) = error.cause else { throw FileError(path: path, code: EIO) }
      throw FileError(path: path, code: code)
    }
  }

  /// A path's folder, with its slash, and its last name.
  package static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    let after = path.index(after: slash)
    return (String(path[..<after]), String(path[after...]))
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(expanded(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// How many bytes a file has; nil where there is none.
  package static func size(of path: String) -> Int? {
    var status = stat()
    return stat(expanded(path), &status) == 0 ? Int(status.st_size) : nil
  }

  package static func exists(_ path: String) -> Bool { access(expanded(path), F_OK) == 0 }

  /// Whether nothing is at a path, as far as this user can see.
  package static func isMissing(_ path: String) -> Bool {
    access(expanded(path), F_OK) != 0 && errno == ENOENT
  }

  /// Why nothing is found at a path: there is nothing, or a folder on the way is closed to this user.
  package static func absence(of path: String) -> FileError {
    FileError(path: path, code: access(expanded(path), F_OK) == 0 ? ENOENT : errno)
  }

  /// Whether a path was made of a name that is not UTF-8, which no text can say as it is.
  static func isRepaired(_ path: String) -> Bool { path.unicodeScalars.contains("\u{FFFD}") }

  /// The names in a folder, sorted, without `.` and `..`.
  package static func names(in folder: String) throws(FileError) -> [String] {
    guard let stream = opendir(expanded(folder)) else { throw FileError(path: folder, code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder and those above it.
  package static func makeFolder(_ path: String) throws(FileError) {
    let target = expanded(path)
    guard !isFolder(target) else { return }
    let parent = split(target.hasSuffix("/") ? String(target.dropLast()) : target).folder
    if !parent.isEmpty, parent != "/", !isFolder(parent) { try makeFolder(String(parent.dropLast())) }
    guard mkdir(target, 0o777) == 0 || errno == EEXIST else { throw FileError(path: path, code: errno) }
  }

  /// The paths that a glob names, sorted; a path without pattern letters is itself, whether or not it is there.
  package static func paths(matching pattern: String) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }), !exists(pattern) else { return [pattern] }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(expanded(pattern), 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }

  /// Entries of the folder that a beginning of a path names, written as that beginning is; at most a thousand.
  package static func entries(startingWith path: String) -> [PathEntry] {
    let (folder, start) = split(path)
    guard let names = try? names(in: folder.isEmpty ? "." : folder) else { return [] }
    let wanted = start.lowercased()
    let visible = names.filter { name in
      name.lowercased().hasPrefix(wanted) && (start.hasPrefix(".") || !name.hasPrefix("."))
    }
    return visible.prefix(1000).map { name in
      let isFolder = isFolder(folder + name)
      return PathEntry(path: folder + name + (isFolder ? "/" : ""), isFolder: isFolder)
    }
  }
}

extension FileSystem {
  /// The path of the running program.
  package static var programPath: String {
    guard let path = realpath("/proc/self/exe", nil) else {
      return CommandLine.arguments.first ?? "camkernel"
    }
    defer { free(path) }
    return String(cString: path)
  }
}
