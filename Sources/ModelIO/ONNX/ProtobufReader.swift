/// Walks the fields of one protobuf message; knows wire types, not schemas.
struct ProtobufReader {
  /// A field's number and its undecoded content.
  struct Field {
    let number: Int
    let content: Content
    /// Where the field's content begins in the file.
    let offset: Int
  }

  enum Content {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ByteSlice)
  }

  private var reader: ByteReader

  init(_ bytes: ByteSlice) { reader = ByteReader(bytes) }

  /// The next field; nil at the end of the message.
  mutating func next() throws(FormatError) -> Field? {
    if reader.isAtEnd { return nil }
    let start = reader.offset
    let key = try Self.varint(&reader)
    guard let number = Int(exactly: key >> 3), number > 0, number < 1 << 29 else {
      throw FormatError(.invalid("a protobuf field of number \(key >> 3)"), offset: start)
    }
    let offset = reader.offset
    let content: Content
    switch key & 7 {
    case 0: content = .varint(try Self.varint(&reader))
    case 1: content = .fixed64(try reader.integer())
    case 2:
      let length = try Self.varint(&reader)
      guard let count = Int(exactly: length) else {
        throw FormatError(.invalid("a protobuf field of \(length) bytes"), offset: offset)
      }
      content = .bytes(try reader.take(count))
    case 5: content = .fixed32(try reader.integer())
    case let type: throw FormatError(.invalid("protobuf wire type \(type)"), offset: start)
    }
    return Field(number: number, content: content, offset: offset)
  }

  static func varint(_ reader: inout ByteReader) throws(FormatError) -> UInt64 {
    let start = reader.offset
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try reader.byte()
      guard shift < 63 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw FormatError(.invalid("a protobuf integer of more than 64 bits"), offset: start)
  }
}

extension ProtobufReader.Field {
  private func wrong(_ wanted: String) -> FormatError {
    FormatError(.invalid("protobuf field \(number) holds no \(wanted)"), offset: offset)
  }

  func bytes() throws(FormatError) -> ByteSlice {
    guard case .bytes(let bytes) = content else { throw wrong("bytes") }
    return bytes
  }

  func text() throws(FormatError) -> String {
    guard let text = try bytes().text else { throw wrong("UTF-8 text") }
    return text
  }

  func integer() throws(FormatError) -> Int {
    guard case .varint(let value) = content else { throw wrong("integer") }
    return Int(Int64(bitPattern: value))
  }

  func float() throws(FormatError) -> Float {
    guard case .fixed32(let bits) = content else { throw wrong("float") }
    return Float(bitPattern: bits)
  }

  /// Appends integers, packed or single.
  func integers(into values: inout [Int], budget: inout MemoryBudget) throws(FormatError) {
    guard case .bytes(let packed) = content else {
      try budget.charge(8, for: "a list of integers", offset: offset)
      return values.append(try integer())
    }
    let count = packed.withUnsafeBytes { $0.reduce(0) { $0 + ($1 < 0x80 ? 1 : 0) } }
    try budget.charge(count * 8, for: "a list of integers", offset: offset)
    values.reserveCapacity(values.count + count)
    var reader = ByteReader(packed)
    while !reader.isAtEnd {
      if values.count.isMultiple(of: Waiter.piece) { try packed.waiter?.check() }
      values.append(Int(Int64(bitPattern: try ProtobufReader.varint(&reader))))
    }
  }

  /// Appends floats, packed or single.
  func floats(into values: inout [Float], budget: inout MemoryBudget) throws(FormatError) {
    guard case .bytes(let packed) = content else {
      try budget.charge(4, for: "a list of floats", offset: offset)
      return values.append(try float())
    }
    try budget.charge(packed.count, for: "a list of floats", offset: offset)
    var reader = ByteReader(packed)
    while !reader.isAtEnd {
      if values.count.isMultiple(of: Waiter.piece) { try packed.waiter?.check() }
      values.append(Float(bitPattern: try reader.integer()))
    }
  }
}
