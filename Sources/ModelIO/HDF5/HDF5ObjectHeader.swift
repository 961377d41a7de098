/// One message of an object header.
struct HDF5Message {
  let type: Int
  let flags: UInt8
  let data: ByteSlice

  static let dataspace = 0x01
  static let linkInfo = 0x02
  static let datatype = 0x03
  static let oldFillValue = 0x04
  static let fillValue = 0x05
  static let link = 0x06
  static let externalFiles = 0x07
  static let layout = 0x08
  static let filters = 0x0b
  static let attribute = 0x0c
  static let continuation = 0x10
  static let symbolTable = 0x11
  static let attributeInfo = 0x15

  /// Whether the message lies elsewhere, shared by several objects.
  var isShared: Bool { flags & 2 != 0 }
}

extension HDF5File {
  /// All messages of the object at `address`, continuation blocks followed (IV.A).
  mutating func messages(at address: Int) throws(FormatError) -> [HDF5Message] {
    var reader = try self.reader(at: address)
    var messages: [HDF5Message] = []
    if reader.remaining >= 4, bytes.dropFirst(address)?.starts(with: Array("OHDR".utf8)) == true {
      try readVersion2(&reader, into: &messages)
    } else {
      try readVersion1(&reader, into: &messages)
    }
    return messages
  }

  /// The message that a shared one stands for (IV.A.1): that of another object, as of a committed datatype.
  func shared(_ bytes: ByteSlice, _ type: Int) throws(FormatError) -> ByteSlice {
    var reader = ByteReader(bytes)
    let version = try reader.byte()
    let kind = try reader.byte()
    if version == 1 { try reader.skip(6) }
    guard version < 3 || kind == 2 else {
      throw reader.failure(
        .unsupported("messages in HDF5's shared heap (rewrite the file with `h5repack -S 0 IN OUT`)"))
    }
    var copy = self
    let found = try copy.messages(at: try Self.address(&reader)).first { $0.type == type }
    guard let found, !found.isShared else {
      throw reader.failure(.missing("the datatype that the file shares"))
    }
    return found.data
  }

  private mutating func readVersion1(
    _ reader: inout ByteReader, into messages: inout [HDF5Message]
  ) throws(FormatError) {
    let version = try reader.byte()
    guard version == 1 else { throw reader.failure(.invalid("no object header here (version \(version))")) }
    try reader.skip(7)
    let size = Int(try reader.integer(UInt32.self))
    try reader.skip(4)
    var blocks = [try reader.take(size)]
    while let block = blocks.popLast() {
      var reader = ByteReader(block)
      while reader.remaining >= 8 {
        let type = Int(try reader.integer(UInt16.self))
        let size = Int(try reader.integer(UInt16.self))
        let flags = try reader.byte()
        try reader.skip(3)
        let message = HDF5Message(type: type, flags: flags, data: try reader.take(size))
        try keep(message, in: &messages, blocks: &blocks, signature: nil)
      }
    }
  }

  private mutating func readVersion2(
    _ reader: inout ByteReader, into messages: inout [HDF5Message]
  ) throws(FormatError) {
    try Self.expect("OHDR", &reader)
    guard try reader.byte() == 2 else { throw reader.failure(.unsupported("this object header version")) }
    let flags = try reader.byte()
    if flags & 0x20 != 0 { try reader.skip(16) }
    if flags & 0x10 != 0 { try reader.skip(4) }
    let size = try Self.count(width: 1 << Int(flags & 3), &reader)
    var blocks = [try reader.take(size)]
    let headerSize = flags & 4 != 0 ? 6 : 4
    while let block = blocks.popLast() {
      var reader = ByteReader(block)
      while reader.remaining >= headerSize {
        let type = Int(try reader.byte())
        let size = Int(try reader.integer(UInt16.self))
        let messageFlags = try reader.byte()
        if flags & 4 != 0 { try reader.skip(2) }
        let message = HDF5Message(type: type, flags: messageFlags, data: try reader.take(size))
        try keep(message, in: &messages, blocks: &blocks, signature: "OCHK")
      }
    }
  }

  private mutating func keep(
    _ message: HDF5Message, in messages: inout [HDF5Message], blocks: inout [ByteSlice], signature: String?
  ) throws(FormatError) {
    try charge(64, "the object headers", at: message.data.origin)
    guard message.type == HDF5Message.continuation else {
      messages.append(message)
      return
    }
    var reader = ByteReader(message.data)
    let place = try Self.address(&reader)
    let length = try reader.count(UInt64.self)
    var target = try self.reader(at: place)
    var block = try target.take(length)
    if let signature {
      var inner = ByteReader(block)
      try Self.expect(signature, &inner)
      guard let body = block.slice(4..<max(4, block.count - 4)) else {
        throw target.failure(.truncated(wanted: 8, left: block.count))
      }
      block = body
    }
    blocks.append(block)
  }

  /// An unsigned integer of 1, 2, 4 or 8 bytes that fits an `Int`.
  static func count(width: Int, _ reader: inout ByteReader) throws(FormatError) -> Int {
    switch width {
    case 1: Int(try reader.byte())
    case 2: Int(try reader.integer(UInt16.self))
    case 4: Int(try reader.integer(UInt32.self))
    default: try reader.count(UInt64.self)
    }
  }
}
