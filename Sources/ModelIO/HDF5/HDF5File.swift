/// The part of HDF5 that weight files use, read from memory: groups, datasets and attributes.
///
/// libhdf5 itself is not used because damaged files crash it (14 of 3,000 bit-flipped weight files) or make
/// it hang, and because it would load 35 shared libraries. Here every address in the file is checked.
/// Section numbers in this folder are those of the HDF5 File Format Specification, version 3.
package struct HDF5File {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  /// The address that stands for "nothing there".
  static let undefinedAddress = UInt64.max

  /// The file from its superblock's base address on; addresses count from its start.
  let bytes: ByteSlice
  var budget: MemoryBudget
  /// Where the root group's header is.
  package let root: Int

  package static func recognises(_ bytes: ByteSlice) -> Bool { start(of: bytes) != nil }

  /// The superblock may follow a block of the user's, at 512 bytes or a power of two times that.
  private static func start(of bytes: ByteSlice) -> Int? {
    var place = 0
    while place < min(bytes.count, 1 << 20) {
      if bytes.dropFirst(place)?.starts(with: signature) == true { return place }
      place = place == 0 ? 512 : place * 2
    }
    return nil
  }

  /// Reads the superblock (II.A), versions 0 to 3.
  package init(_ file: ByteSlice) throws(FormatError) {
    guard let start = Self.start(of: file), let bytes = file.dropFirst(start) else {
      throw FormatError(.unrecognised(expected: "an HDF5 file"), offset: 0)
    }
    self.bytes = bytes
    budget = MemoryBudget(fileSize: file.count)
    var reader = ByteReader(bytes)
    try reader.skip(8)
    let version = try reader.byte()
    guard version <= 3 else { throw reader.failure(.unsupported("HDF5 superblock version \(version)")) }
    if version < 2 { try reader.skip(4) }
    let (offsetSize, lengthSize) = (try reader.byte(), try reader.byte())
    guard offsetSize == 8, lengthSize == 8 else {
      throw reader.failure(.unsupported("HDF5 addresses of \(offsetSize) and lengths of \(lengthSize) bytes"))
    }
    switch version {
    case 0, 1:
      try reader.skip(version == 0 ? 9 : 13)
      try reader.skip(32 + 8)
    default:
      try reader.skip(1 + 24)
    }
    root = try Self.address(&reader)
  }

  /// A cursor at `address`.
  func reader(at address: Int) throws(FormatError) -> ByteReader {
    var reader = ByteReader(bytes)
    try reader.seek(to: address)
    return reader
  }

  /// Reads an address that must be there.
  static func address(_ reader: inout ByteReader) throws(FormatError) -> Int {
    guard let address = try optionalAddress(&reader) else {
      throw reader.failure(.invalid("an undefined address"))
    }
    return address
  }

  /// Reads an address; nil where it is the undefined one.
  static func optionalAddress(_ reader: inout ByteReader) throws(FormatError) -> Int? {
    let value = try reader.integer(UInt64.self)
    if value == undefinedAddress { return nil }
    guard let address = Int(exactly: value) else {
      throw reader.failure(.invalid("an address beyond 2^63"))
    }
    return address
  }

  static func expect(_ signature: String, _ reader: inout ByteReader) throws(FormatError) {
    let start = reader.offset
    guard try reader.take(4).starts(with: Array(signature.utf8)) else {
      throw FormatError(.invalid("'\(signature)' expected"), offset: start)
    }
  }

  mutating func charge(_ bytes: Int, _ what: String, at address: Int) throws(FormatError) {
    try budget.charge(bytes, for: what, offset: address)
  }
}
