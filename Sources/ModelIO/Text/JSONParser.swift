/// Reads one JSON document (RFC 8259) with a limit on nesting and on memory.
struct JSONParser {
  private static let deepest = 64
  private var reader: ByteReader
  private(set) var budget: MemoryBudget

  init(_ bytes: ByteSlice, budget: MemoryBudget) {
    reader = ByteReader(bytes)
    self.budget = budget
  }

  mutating func document() throws(FormatError) -> JSONDocument {
    let value = try value(depth: 0)
    try skipSpace()
    guard reader.isAtEnd else { throw reader.failure(.invalid("JSON goes on after its end")) }
    return value
  }

  private mutating func value(depth: Int) throws(FormatError) -> JSONDocument {
    guard depth < Self.deepest else {
      throw reader.failure(.tooLarge(what: "the nesting of the JSON", size: depth, limit: Self.deepest))
    }
    try skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(depth: Int) throws(FormatError) -> [JSONDocument.Member] {
    try reader.skip(1)
    var members: [JSONDocument.Member] = []
    try skipSpace()
    if try takes("}") { return members }
    repeat {
      try charge(96)
      try skipSpace()
      let name = try string()
      try skipSpace()
      try expect(":")
      members.append(JSONDocument.Member(name: name, value: try value(depth: depth + 1)))
      try skipSpace()
    } while try takes(",")
    try expect("}")
    return members
  }

  private mutating func elements(depth: Int) throws(FormatError) -> [JSONDocument] {
    try reader.skip(1)
    var elements: [JSONDocument] = []
    try skipSpace()
    if try takes("]") { return elements }
    repeat {
      try charge(64)
      elements.append(try value(depth: depth + 1))
      try skipSpace()
    } while try takes(",")
    try expect("]")
    return elements
  }

  private mutating func string() throws(FormatError) -> String {
    try expect("\"")
    var bytes: [UInt8] = []
    let start = reader.offset
    while true {
      switch try reader.byte() {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw FormatError(.invalid("JSON text that is not UTF-8"), offset: start)
        }
        try charge(text.utf8.count)
        return text
      case UInt8(ascii: "\\"): try escape(into: &bytes)
      case let byte where byte < 0x20: throw reader.failure(.invalid("a control character in JSON text"))
      case let byte: bytes.append(byte)
      }
    }
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(FormatError) {
    switch try reader.byte() {
    case UInt8(ascii: "n"): bytes.append(10)
    case UInt8(ascii: "t"): bytes.append(9)
    case UInt8(ascii: "r"): bytes.append(13)
    case UInt8(ascii: "b"): bytes.append(8)
    case UInt8(ascii: "f"): bytes.append(12)
    case UInt8(ascii: "u"):
      var unit = try codeUnit()
      if unit & 0xfc00 == 0xd800 {
        try expect("\\")
        try expect("u")
        let low = try codeUnit()
        guard low & 0xfc00 == 0xdc00 else { throw reader.failure(.invalid("half a surrogate pair")) }
        unit = 0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff
      }
      guard let scalar = Unicode.Scalar(unit) else {
        throw reader.failure(.invalid("half a surrogate pair"))
      }
      bytes.append(contentsOf: String(Character(scalar)).utf8)
    case let byte where [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")].contains(byte):
      bytes.append(byte)
    default: throw reader.failure(.invalid("an unknown escape in JSON text"))
    }
  }

  private mutating func codeUnit() throws(FormatError) -> UInt32 {
    guard let text = try reader.take(4).text, let unit = UInt32(text, radix: 16), !text.hasPrefix("+") else {
      throw reader.failure(.invalid("four hexadecimal digits expected"))
    }
    return unit
  }

  private mutating func number() throws(FormatError) -> JSONDocument {
    let start = reader.offset
    var digits: [UInt8] = []
    while !reader.isAtEnd, digits.count < 64 {
      let byte = try peek()
      guard (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) else { break }
      digits.append(byte)
      try reader.skip(1)
    }
    let text = String(decoding: digits, as: UTF8.self)
    if let integer = Int(text), !text.hasPrefix("+") { return .integer(integer) }
    guard let first = digits.first, first != UInt8(ascii: "+"), let value = Double(text) else {
      throw FormatError(.invalid("a JSON value expected"), offset: start)
    }
    return .number(value)
  }

  private mutating func word(_ word: String, _ value: JSONDocument) throws(FormatError) -> JSONDocument {
    let start = reader.offset
    guard try reader.take(word.utf8.count).array == Array(word.utf8) else {
      throw FormatError(.invalid("a JSON value expected"), offset: start)
    }
    return value
  }

  private mutating func charge(_ bytes: Int) throws(FormatError) {
    try budget.charge(bytes, for: "the JSON", offset: reader.offset)
  }

  private func peek() throws(FormatError) -> UInt8 {
    guard !reader.isAtEnd else { throw reader.failure(.truncated(wanted: 1, left: 0)) }
    return reader.bytes[reader.position]
  }

  private mutating func takes(_ character: Unicode.Scalar) throws(FormatError) -> Bool {
    guard try peek() == UInt8(ascii: character) else { return false }
    try reader.skip(1)
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
    guard try takes(character) else { throw reader.failure(.invalid("JSON: '\(character)' expected")) }
  }

  private mutating func skipSpace() throws(FormatError) {
    while !reader.isAtEnd, [0x20, 0x09, 0x0a, 0x0d].contains(reader.bytes[reader.position]) {
      try reader.skip(1)
    }
  }
}
