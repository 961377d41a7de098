/// A zip archive: the directory is read at once, members when they are asked for.
package struct ZipArchive {
  package struct Member: Sendable {
    package let name: String
    let method: UInt16
    let flags: UInt16
    let checksum: UInt32
    let packedSize: Int
    package let size: Int
    let headerOffset: Int
  }

  private let bytes: ByteSlice
  private var budget: MemoryBudget
  /// Members in the directory's order.
  package private(set) var members: [Member] = []

  package static func recognises(_ bytes: ByteSlice) -> Bool { bytes.starts(with: [0x50, 0x4b, 3, 4]) }

  /// Reads the directory at the archive's end, also of the 64-bit kind.
  package init(_ bytes: ByteSlice) throws(FormatError) {
    self.bytes = bytes
    budget = MemoryBudget(fileSize: bytes.count)
    let directory = try Self.directory(of: bytes)
    var reader = ByteReader(bytes)
    try reader.seek(to: directory.start)
    for _ in 0..<directory.count {
      members.append(try Self.member(&reader))
      try budget.charge(
        128 + (members.last?.name.utf8.count ?? 0), for: "the directory", offset: reader.offset)
    }
  }

  package func member(named name: String) -> Member? { members.first { $0.name == name } }

  /// The unpacked bytes of `member`; not copied where they are stored as they are.
  package mutating func read(_ member: Member) throws(FormatError) -> ByteSlice {
    do throws(FormatError) { return try contents(of: member) } catch {
      throw error.about("member '\(member.name)'")
    }
  }

  private mutating func contents(of member: Member) throws(FormatError) -> ByteSlice {
    var reader = ByteReader(bytes)
    try reader.seek(to: member.headerOffset)
    guard try reader.integer(UInt32.self) == 0x0403_4b50 else {
      throw FormatError(
        .invalid("no local header at the place the directory names"), offset: reader.offset - 4)
    }
    guard member.flags & 1 == 0 else {
      throw FormatError(.unsupported("encrypted zip members"), offset: member.headerOffset)
    }
    try reader.skip(22)
    let nameLength = Int(try reader.integer(UInt16.self))
    let extraLength = Int(try reader.integer(UInt16.self))
    try reader.skip(nameLength + extraLength)
    let packed = try reader.take(member.packedSize)
    let contents: ByteSlice
    switch member.method {
    case 0:
      guard member.packedSize == member.size else {
        throw FormatError(.invalid("a stored member of two sizes"), offset: packed.origin)
      }
      contents = packed
    case 8:
      try budget.charge(member.size, for: "the unpacked member", offset: packed.origin)
      contents = try Deflate.unpack(packed, to: member.size)
    default:
      throw FormatError(.unsupported("zip compression method \(member.method)"), offset: packed.origin)
    }
    // PyTorch can be told not to compute checksums and then leaves them zero.
    let sum = try member.checksum == 0 ? 0 : Deflate.checksum(contents)
    guard sum == member.checksum else {
      throw FormatError(.invalid("the checksum does not match: the file is damaged"), offset: packed.origin)
    }
    return contents
  }

  private static func directory(of bytes: ByteSlice) throws(FormatError) -> (start: Int, count: Int) {
    let missing = FormatError(
      .missing("the zip archive's directory (is the file cut off?)"), offset: bytes.count)
    guard bytes.count >= 22 else { throw missing }
    var end = bytes.count - 22
    let lowest = max(0, end - 0xffff)
    while !(bytes[end] == 0x50 && bytes[end + 1] == 0x4b && bytes[end + 2] == 5 && bytes[end + 3] == 6) {
      guard end > lowest else { throw missing }
      end -= 1
    }
    var reader = ByteReader(bytes)
    try reader.seek(to: end + 10)
    let count = Int(try reader.integer(UInt16.self))
    try reader.skip(4)
    let start = Int(try reader.integer(UInt32.self))
    guard end >= 20 else { return (start, count) }
    try reader.seek(to: end - 20)
    guard try reader.integer(UInt32.self) == 0x0706_4b50 else { return (start, count) }
    try reader.skip(4)
    let place = try reader.count(UInt64.self)
    try reader.seek(to: place)
    guard try reader.integer(UInt32.self) == 0x0606_4b50 else {
      throw FormatError(.invalid("no 64-bit directory at the place named"), offset: place)
    }
    try reader.skip(28)
    let count64 = try reader.count(UInt64.self)
    try reader.skip(8)
    return (try reader.count(UInt64.self), count64)
  }

  private static func member(_ reader: inout ByteReader) throws(FormatError) -> Member {
    let start = reader.offset
    guard try reader.integer(UInt32.self) == 0x0201_4b50 else {
      throw FormatError(.invalid("no zip directory entry where one should be"), offset: start)
    }
    try reader.skip(4)
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    try reader.skip(4)
    let checksum = try reader.integer(UInt32.self)
    var packedSize = UInt64(try reader.integer(UInt32.self))
    var size = UInt64(try reader.integer(UInt32.self))
    let nameLength = Int(try reader.integer(UInt16.self))
    let extraLength = Int(try reader.integer(UInt16.self))
    let commentLength = Int(try reader.integer(UInt16.self))
    try reader.skip(8)
    var headerOffset = UInt64(try reader.integer(UInt32.self))
    let name = try reader.take(nameLength)
    var extra = ByteReader(try reader.take(extraLength))
    try reader.skip(commentLength)
    while extra.remaining >= 4 {
      let kind = try extra.integer(UInt16.self)
      var field = ByteReader(try extra.take(Int(try extra.integer(UInt16.self))))
      guard kind == 1 else { continue }
      if size == 0xffff_ffff { size = try field.integer() }
      if packedSize == 0xffff_ffff { packedSize = try field.integer() }
      if headerOffset == 0xffff_ffff { headerOffset = try field.integer() }
    }
    guard let packedSize = Int(exactly: packedSize), let size = Int(exactly: size),
      let headerOffset = Int(exactly: headerOffset)
    else { throw FormatError(.invalid("a zip member of more than 2^63 bytes"), offset: start) }
    return Member(
      name: name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, method: method, flags: flags,
      checksum: checksum, packedSize: packedSize, size: size, headerOffset: headerOffset)
  }
}
