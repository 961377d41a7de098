import Glibc

/// A file that appears at its path complete, or not at all: written beside it, synced, renamed.
///
/// What a link names is replaced, and not the link; a device or a pipe is written into, since nothing could
/// take its place.
package struct AtomicFile: ~Copyable {
  private let path: String
  private let isDurable: Bool
  /// Where the bytes are until all are there; nil where they go into a device or a pipe.
  private let temporaryPath: String?
  private var descriptor: CInt
  private var buffer: [UInt8] = []

  /// Opens a temporary file in the folder of `path`.
  ///
  /// A file that is not `durable` may be lost when the machine stops, which is enough for what can be made
  /// again.
  package init(path: String, durable: Bool = true) throws(FormatError) {
    let target = WriteTarget(path)
    self.path = target.path
    isDurable = durable
    (descriptor, temporaryPath) = try Self.opened(target)
  }

  private static func opened(_ target: WriteTarget) throws(FormatError) -> (CInt, String?) {
    if target.isStream {
      let descriptor = open(target.path, O_WRONLY | O_CLOEXEC)
      if descriptor >= 0 { return (descriptor, nil) }
      throw FormatError(.system(call: "open", code: errno), file: target.path)
    }
    for attempt in 0..<100 {
      let candidate = "\(target.path).\(getpid())-\(attempt).partial"
      let descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (descriptor, candidate) }
      guard errno == EEXIST else { break }
    }
    throw FormatError(.system(call: "create", code: errno), file: target.path)
  }

  /// Removes what processes that are no more left half written beside `path`.
  package static func removeRemains(of path: String) {
    let (folder, name) =
      path.lastIndex(of: "/").map {
        (String(path[...$0]), String(path[path.index(after: $0)...]))
      } ?? ("./", path)
    guard let listing = opendir(folder) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      // In place: the entry may be shorter than its type says, and a copy would read behind it.
      let found = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard found.hasPrefix(name + "."), found.hasSuffix(".partial"),
        let process = pid_t(found.dropFirst(name.count + 1).prefix { $0 != "-" }),
        kill(process, 0) != 0, errno == ESRCH
      else { continue }
      unlink(folder + found)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if let temporaryPath { unlink(temporaryPath) }
  }

  package mutating func write(_ bytes: [UInt8]) throws(FormatError) {
    buffer.append(contentsOf: bytes)
    if buffer.count > 1 << 16 { try flush() }
  }

  package mutating func write(_ bytes: ByteSlice) throws(FormatError) {
    try bytes.withUnsafeBytes { memory throws(FormatError) in try write(memory) }
  }

  mutating func write(_ memory: UnsafeRawBufferPointer) throws(FormatError) {
    if !buffer.isEmpty { try flush() }
    try put(memory)
  }

  package mutating func write(littleEndian value: some FixedWidthInteger) throws(FormatError) {
    try write(withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) })
  }

  /// Makes the file visible under its name; without it nothing remains.
  package consuming func commit() throws(FormatError) {
    try flush()
    if let temporaryPath {
      guard !isDurable || fsync(descriptor) == 0 || errno == EINVAL else { throw failure("fsync") }
      guard rename(temporaryPath, path) == 0 else { throw failure("rename") }
    }
    close(descriptor)
    descriptor = -1
  }

  private mutating func flush() throws(FormatError) {
    let pending = buffer
    buffer.removeAll(keepingCapacity: true)
    try write(ByteSlice(pending))
  }

  private func put(_ memory: UnsafeRawBufferPointer) throws(FormatError) {
    var rest = memory[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw failure("write")
      }
      rest = rest.dropFirst(written)
    }
  }

  private func failure(_ call: String) -> FormatError {
    FormatError(.system(call: call, code: errno), file: path)
  }
}
