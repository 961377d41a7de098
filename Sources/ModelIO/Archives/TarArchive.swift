/// Tar archives, plain or packed by gzip, read piece by piece: a whole data set need not fit the memory.
package enum TarArchive {
  /// A member as its header describes it.
  package struct Entry: Sendable, Hashable {
    package enum Kind: Sendable { case file, directory, other }

    package let name: String
    package let size: Int
    package let kind: Kind
  }

  /// How much may come out of an archive for each byte of it, and how much at most from a small one.
  private static let expansion = 64
  private static let allowance = 256 << 20

  /// The members in their order.
  package static func entries(of bytes: ByteSlice) throws(FormatError) -> [Entry] {
    var entries: [Entry] = []
    try walk(bytes) { entry, _ throws(FormatError) in
      guard entries.count < 1 << 20 else {
        throw FormatError(.tooLarge(what: "the number of members", size: entries.count, limit: 1 << 20))
      }
      entries.append(entry)
    }
    return entries
  }

  /// Unpacks the regular files below `directory`, which must not exist yet; it appears whole or not at all.
  ///
  /// Links, devices and names that lead outside are left out or refused.
  package static func extract(
    _ bytes: ByteSlice, to directory: String, isInterrupted: () -> Bool = { false }
  ) throws(FormatError) {
    let temporary = "\(directory).partial-\(DirectoryTree.processIdentifier)"
    try FileStore.makeDirectory(temporary)
    do throws(FormatError) {
      try walk(bytes) { entry, read throws(FormatError) in
        guard !entry.name.split(separator: "/").contains(".."), !entry.name.hasPrefix("/") else {
          throw FormatError(.escapingPath(entry.name), subject: "member '\(entry.name)'")
        }
        let path = "\(temporary)/\(entry.name)"
        switch entry.kind {
        case .directory: try FileStore.makeDirectory(path)
        case .other: return
        case .file:
          try FileStore.makeDirectory(WeightFormatCatalog.directory(of: path))
          var file = try AtomicFile(path: path, durable: false)
          while let piece = try read() {
            if isInterrupted() { throw FormatError(.interrupted) }
            try file.write(piece)
          }
          try file.commit()
        }
      }
      try DirectoryTree.rename(temporary, to: directory)
    } catch {
      DirectoryTree.remove(temporary)
      throw error
    }
  }

  /// Calls `body` for each member with a function that gives the member's bytes in pieces.
  private static func walk(
    _ bytes: ByteSlice,
    _ body: (Entry, () throws(FormatError) -> ByteSlice?) throws(FormatError) -> Void
  ) throws(FormatError) {
    let (most, overflow) = bytes.count.multipliedReportingOverflow(by: expansion)
    var source = try ByteStream(bytes, limit: overflow ? Int.max : max(most, allowance))
    var said = Extended()
    while let header = try source.read(512) {
      guard header.count == 512 else {
        throw FormatError(.truncated(wanted: 512, left: header.count), offset: source.position)
      }
      guard var entry = try Self.entry(header, at: source.position - 512) else { break }
      var left = entry.size
      if let kind = Extended.Kind(header[156]) {
        guard entry.size < 1 << 16, let text = try source.read(entry.size), text.count == entry.size else {
          throw FormatError(.invalid("a name of \(entry.size) bytes"), offset: source.position)
        }
        try said.read(text, kind, before: source.position)
        left = 0
      } else {
        entry = Entry(name: said.name ?? entry.name, size: said.size ?? entry.size, kind: entry.kind)
        left = entry.size
        said = Extended()
        try body(entry) { () throws(FormatError) -> ByteSlice? in
          guard left > 0 else { return nil }
          let wanted = min(left, 1 << 20)
          guard let piece = try source.read(wanted), piece.count == wanted else {
            throw FormatError(
              .truncated(wanted: left, left: 0), subject: "member '\(entry.name)'", offset: source.position)
          }
          left -= wanted
          return piece
        }
      }
      while left > 0, let piece = try source.read(min(left, 1 << 20)) { left -= piece.count }
      guard left == 0 else {
        throw FormatError(
          .truncated(wanted: left, left: 0), subject: "member '\(entry.name)'", offset: source.position)
      }
      let padding = (512 - entry.size % 512) % 512
      if padding > 0 { _ = try source.read(padding) }
    }
  }

  /// Decodes a header; nil for the zeros at the end.
  private static func entry(_ header: ByteSlice, at position: Int) throws(FormatError) -> Entry? {
    if header.withUnsafeBytes({ $0.allSatisfy { $0 == 0 } }) { return nil }
    func octal(_ range: Range<Int>) -> Int? {
      var value = 0
      for index in range {
        let byte = header[index]
        if byte == 0 || byte == 0x20 { continue }
        guard (0x30...0x37).contains(byte), value < 1 << 56 else { return nil }
        value = value << 3 | Int(byte - 0x30)
      }
      return value
    }
    func text(_ range: Range<Int>) -> String {
      var bytes: [UInt8] = []
      for index in range {
        if header[index] == 0 { break }
        bytes.append(header[index])
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    let sum = (0..<512).reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1])) }
    guard octal(148..<156) == sum, let size = octal(124..<136) else {
      throw FormatError(.invalid("no tar header where one should be"), offset: position)
    }
    let prefix = header.slice(257..<262)?.starts(with: Array("ustar".utf8)) == true ? text(345..<500) : ""
    let name = (prefix.isEmpty ? "" : prefix + "/") + text(0..<100)
    let kind: Entry.Kind =
      switch header[156] {
      case 0, UInt8(ascii: "0"): .file
      case UInt8(ascii: "5"): .directory
      default: .other
      }
    return Entry(name: name, size: kind == .directory ? 0 : size, kind: kind)
  }
}
