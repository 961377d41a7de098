/// Writes a zip archive of stored members through an `AtomicFile`.
struct ZipWriter: ~Copyable {
  private var file: AtomicFile
  private var position = 0
  private var directory: [UInt8] = []
  private var count = 0

  init(path: String) throws(FormatError) { file = try AtomicFile(path: path) }

  /// Adds a member; all must stay below four gigabytes.
  mutating func add(_ name: String, _ pieces: [ByteSlice]) throws(FormatError) {
    let contents = Self.joined(pieces)
    guard position + contents.count < 0xffff_0000, count < 0xffff else {
      throw FormatError(
        .tooLarge(what: "the zip archive", size: position + contents.count, limit: 0xffff_0000), subject: name
      )
    }
    let nameBytes = Array(name.utf8)
    // Version 2.0, UTF-8 name, stored, the earliest date that zip knows.
    var common: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
    common += Self.bytes(try Deflate.checksum(contents))
    common += Self.bytes(UInt32(contents.count)) + Self.bytes(UInt32(contents.count))
    common += Self.bytes(UInt16(nameBytes.count)) + [0, 0]
    try file.write([0x50, 0x4b, 3, 4] + common + nameBytes)
    try file.write(contents)
    directory += [0x50, 0x4b, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
    directory += Self.bytes(UInt32(position)) + nameBytes
    position += 4 + common.count + nameBytes.count + contents.count
    count += 1
  }

  consuming func commit() throws(FormatError) {
    try file.write(directory)
    let counts = Self.bytes(UInt16(count)) + Self.bytes(UInt16(count))
    try file.write(
      [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + counts + Self.bytes(UInt32(directory.count))
        + Self.bytes(UInt32(position)) + [0, 0])
    try file.commit()
  }

  private static func joined(_ pieces: [ByteSlice]) -> ByteSlice {
    let block = Allocation(byteCount: pieces.reduce(0) { $0 + $1.count })
    var place = 0
    for piece in pieces {
      piece.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: block.memory[place..<place + $0.count]).copyMemory(from: $0)
      }
      place += piece.count
    }
    return ByteSlice(block)
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}
