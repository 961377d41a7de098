extension PickleReader {
  /// Runs the instructions that put a constant; false where `code` is none of them.
  mutating func runConstant(_ code: UInt8) throws(FormatError) -> Bool {
    switch code {
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "I"):
      let text = try line()
      stack.append(text == "01" ? .bool(true) : text == "00" ? .bool(false) : .integer(try number(text)))
    case UInt8(ascii: "L"):
      let text = try line()
      stack.append(.integer(try number(text.hasSuffix("L") ? String(text.dropLast()) : text)))
    case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.integer(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.byte())))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.integer(UInt16.self))))
    case 0x8a: stack.append(try wide(Int(try reader.byte())))
    case 0x8b: stack.append(try wide(Int(try reader.integer(Int32.self))))
    case UInt8(ascii: "F"):
      guard let value = Double(try line()) else { throw reader.failure(.invalid("a number expected")) }
      stack.append(.float(value))
    case UInt8(ascii: "G"):
      stack.append(.float(Double(bitPattern: try reader.integer(UInt64.self, bigEndian: true))))
    case UInt8(ascii: "S"): try quoted()
    case UInt8(ascii: "T"), UInt8(ascii: "B"): try blob(Int(try reader.integer(UInt32.self)))
    case UInt8(ascii: "U"), UInt8(ascii: "C"): try blob(Int(try reader.byte()))
    case 0x8e, 0x96: try blob(try reader.count(UInt64.self))
    case UInt8(ascii: "V"), UInt8(ascii: "X"), 0x8c, 0x8d: try text(code)
    default: return false
    }
    return true
  }

  private mutating func text(_ code: UInt8) throws(FormatError) {
    let text: String
    switch code {
    case UInt8(ascii: "X"): text = try reader.text(Int(try reader.integer(UInt32.self)))
    case 0x8c: text = try reader.text(Int(try reader.byte()))
    case 0x8d: text = try reader.text(try reader.count(UInt64.self))
    default: text = try line()
    }
    try budget.charge(text.utf8.count, for: "the pickle's texts", offset: reader.offset)
    stack.append(.text(text))
  }

  private mutating func blob(_ count: Int) throws(FormatError) {
    pickle.blobs.append(try reader.take(count))
    stack.append(.bytes(pickle.blobs.count - 1))
  }

  /// Protocol 0's `'text'` with Python's escapes, of which plain texts use only the backslash itself.
  private mutating func quoted() throws(FormatError) {
    let line = try reader.take(until: 0x0a)
    guard line.count >= 2, line[0] == line[line.count - 1], line[0] == 0x27 || line[0] == 0x22,
      let inside = line.slice(1..<line.count - 1)
    else { throw reader.failure(.invalid("a quoted text expected")) }
    guard !inside.array.contains(0x5c) else {
      throw reader.failure(.unsupported("escapes in texts of pickle protocol 0"))
    }
    pickle.blobs.append(inside)
    stack.append(.bytes(pickle.blobs.count - 1))
  }

  /// An integer of `count` little-endian bytes.
  private mutating func wide(_ count: Int) throws(FormatError) -> PickleValue {
    let bytes = try reader.take(count)
    guard count <= 8 else { return .wideInteger }
    guard count > 0 else { return .integer(0) }
    var value: UInt64 = bytes[count - 1] >= 0x80 ? .max : 0
    for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[index]) }
    return .integer(Int(Int64(bitPattern: value)))
  }

  mutating func decimal() throws(FormatError) -> Int { try number(try line()) }

  mutating func line() throws(FormatError) -> String {
    let start = reader.offset
    guard let text = try reader.take(until: 0x0a).text else {
      throw FormatError(.invalid("text that is not UTF-8"), offset: start)
    }
    return text
  }

  private func number(_ text: String) throws(FormatError) -> Int {
    guard let value = Int(text) else { throw reader.failure(.invalid("an integer expected")) }
    return value
  }
}
