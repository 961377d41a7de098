/// The header of an `.npy` file: element type, order of the bytes and of the axes, shape.
struct NumPyHeader {
  static let codes: [(code: String, type: ElementType)] = [
    ("f4", .float32), ("f8", .float64), ("f2", .float16), ("i1", .int8), ("i2", .int16), ("i4", .int32),
    ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("b1", .bool),
  ]

  private(set) var elementType = ElementType.float32
  private(set) var isBigEndian = false
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  /// Reads the dictionary literal; only what NumPy writes into it is understood.
  init(_ bytes: ByteSlice) throws(FormatError) {
    var reader = ByteReader(bytes)
    var seen: Set<String> = []
    try Self.expect("{", &reader)
    while try Self.peek(&reader) != UInt8(ascii: "}") {
      let key = try Self.quoted(&reader)
      try Self.expect(":", &reader)
      switch key {
      case "descr": try description(&reader)
      case "fortran_order": isFortranOrder = try Self.truth(&reader)
      case "shape": shape = try Self.sizes(&reader)
      default: throw reader.failure(.invalid("an unknown header key '\(key)'"))
      }
      seen.insert(key)
      if try Self.peek(&reader) == UInt8(ascii: ",") { try reader.skip(1) }
    }
    for key in ["descr", "fortran_order", "shape"] where !seen.contains(key) {
      throw reader.failure(.missing("the header's '\(key)'"))
    }
  }

  private mutating func description(_ reader: inout ByteReader) throws(FormatError) {
    guard try Self.peek(&reader) != UInt8(ascii: "[") else {
      throw reader.failure(.unsupported("structured arrays"))
    }
    let text = try Self.quoted(&reader)
    let code =
      text.hasPrefix("<") || text.hasPrefix(">") || text.hasPrefix("|") || text.hasPrefix("=")
      ? String(text.dropFirst()) : text
    guard let known = Self.codes.first(where: { $0.code == code }) else {
      let kind = code.hasPrefix("O") ? "arrays of Python objects" : "the element type '\(text)'"
      throw reader.failure(.unsupported(kind))
    }
    elementType = known.type
    isBigEndian = text.hasPrefix(">")
  }

  private static func sizes(_ reader: inout ByteReader) throws(FormatError) -> [Int] {
    try expect("(", &reader)
    var sizes: [Int] = []
    while try peek(&reader) != UInt8(ascii: ")") {
      let start = reader.offset
      let digits = try run(&reader) { (0x30...0x39).contains($0) }
      guard let size = Int(digits) else { throw FormatError(.invalid("a size expected"), offset: start) }
      guard sizes.count < 64 else { throw FormatError(.invalid("more than 64 dimensions"), offset: start) }
      sizes.append(size)
      if try peek(&reader) == UInt8(ascii: "L") { try reader.skip(1) }
      if try peek(&reader) == UInt8(ascii: ",") { try reader.skip(1) }
    }
    try reader.skip(1)
    return sizes
  }

  private static func truth(_ reader: inout ByteReader) throws(FormatError) -> Bool {
    let start = reader.offset
    _ = try peek(&reader)
    switch try run(&reader, while: { (0x41...0x7a).contains($0) }) {
    case "True": return true
    case "False": return false
    default: throw FormatError(.invalid("True or False expected"), offset: start)
    }
  }

  private static func quoted(_ reader: inout ByteReader) throws(FormatError) -> String {
    let mark = try peek(&reader)
    guard mark == UInt8(ascii: "'") || mark == UInt8(ascii: "\"") else {
      throw reader.failure(.invalid("a quoted text expected"))
    }
    try reader.skip(1)
    let start = reader.offset
    guard let text = try reader.take(until: mark).text else {
      throw FormatError(.invalid("text that is not UTF-8"), offset: start)
    }
    return text
  }

  private static func run(
    _ reader: inout ByteReader, while belongs: (UInt8) -> Bool
  ) throws(FormatError) -> String {
    var bytes: [UInt8] = []
    while !reader.isAtEnd, belongs(reader.bytes[reader.position]), bytes.count < 32 {
      bytes.append(try reader.byte())
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func expect(_ character: Unicode.Scalar, _ reader: inout ByteReader) throws(FormatError) {
    guard try peek(&reader) == UInt8(ascii: character) else {
      throw reader.failure(.invalid("'\(character)' expected in the header"))
    }
    try reader.skip(1)
  }

  /// The next byte that is no space.
  private static func peek(_ reader: inout ByteReader) throws(FormatError) -> UInt8 {
    while !reader.isAtEnd, [0x20, 0x0a, 0x09].contains(reader.bytes[reader.position]) { try reader.skip(1) }
    guard !reader.isAtEnd else { throw reader.failure(.truncated(wanted: 1, left: 0)) }
    return reader.bytes[reader.position]
  }
}
