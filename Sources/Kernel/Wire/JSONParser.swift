/// Reads one JSON document (RFC 8259) from bytes; strict, bounded in depth and size.
///
/// A number without fraction and exponent that fits is an `.integer`, any other a `.number`. Text must be valid UTF-8.
/// A lone surrogate escape, which browsers do send for half an emoji, reads as U+FFFD because no `String` can hold it.
package struct JSONParser {
  /// What a document may cost.
  package struct Limits: Sendable {
    package var depth: Int
    package var bytes: Int

    package init(depth: Int = 128, bytes: Int = 256 << 20) {
      self.depth = depth
      self.bytes = bytes
    }
  }

  private let bytes: [UInt8]
  private let limits: Limits
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8], limits: Limits) {
    self.bytes = bytes
    self.limits = limits
  }

  package static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> JSONValue {
    guard bytes.count <= limits.bytes else {
      throw JSONError(.tooLong(limit: limits.bytes), at: limits.bytes)
    }
    var parser = JSONParser(bytes, limits: limits)
    parser.skipWhitespace()
    let value = try parser.value()
    parser.skipWhitespace()
    guard parser.position == bytes.count else { throw JSONError(.trailingBytes, at: parser.position) }
    return value
  }

  package static func parse(_ text: String, limits: Limits = Limits()) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), limits: limits)
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    switch try current() {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case let byte: throw JSONError(.unexpectedByte(byte), at: position)
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    try descend()
    var object = JSONObject()
    skipWhitespace()
    if try current() == UInt8(ascii: "}") {
      ascend()
      return object
    }
    while true {
      guard try current() == UInt8(ascii: "\"") else { throw unexpected() }
      let key = try string()
      skipWhitespace()
      guard try current() == UInt8(ascii: ":") else { throw unexpected() }
      position += 1
      skipWhitespace()
      object[key] = try value()
      if try separatorEndsWith(UInt8(ascii: "}")) { return object }
    }
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    try descend()
    var elements: [JSONValue] = []
    skipWhitespace()
    if try current() == UInt8(ascii: "]") {
      ascend()
      return elements
    }
    while true {
      elements.append(try value())
      if try separatorEndsWith(UInt8(ascii: "]")) { return elements }
    }
  }

  /// Takes a comma and the white space around it, or the closing byte; true where it was the closing byte.
  private mutating func separatorEndsWith(_ closing: UInt8) throws(JSONError) -> Bool {
    skipWhitespace()
    switch try current() {
    case closing:
      ascend()
      return true
    case UInt8(ascii: ","):
      position += 1
      skipWhitespace()
      return false
    default: throw unexpected()
    }
  }

  private mutating func descend() throws(JSONError) {
    guard depth < limits.depth else { throw JSONError(.tooDeep(limit: limits.depth), at: position) }
    depth += 1
    position += 1
  }

  private mutating func ascend() {
    depth -= 1
    position += 1
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for index in 0..<word.utf8CodeUnitCount {
      guard try current() == word.utf8Start[index] else { throw unexpected() }
      position += 1
    }
    return value
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private func current() throws(JSONError) -> UInt8 {
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
    return bytes[position]
  }

  private func unexpected() -> JSONError {
    position < bytes.count
      ? JSONError(.unexpectedByte(bytes[position]), at: position) : JSONError(.unexpectedEnd, at: bytes.count)
  }
}

extension JSONParser {
  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return try text(bytes[start..<position])
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw JSONError(.controlCharacterInString, at: position)
      default: position += 1
      }
    }
    throw JSONError(.unexpectedEnd, at: bytes.count)
  }

  /// Reads the rest of a string whose first escape is at the present position.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var decoded = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: decoded, as: UTF8.self) else {
          throw JSONError(.invalidUTF8, at: start)
        }
        return text
      case UInt8(ascii: "\\"): try escape(into: &decoded)
      case 0..<0x20: throw JSONError(.controlCharacterInString, at: position)
      default:
        decoded.append(byte)
        position += 1
      }
    }
    throw JSONError(.unexpectedEnd, at: bytes.count)
  }

  private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
    position += 1
    let letter = try current()
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      decoded.append(contentsOf: String(Character(try unicodeScalar())).utf8)
      return
    default: throw JSONError(.unknownEscape(letter), at: position)
    }
    position += 1
  }

  /// Reads the four digits after `\u`, and the second half of a surrogate pair where there is one.
  private mutating func unicodeScalar() throws(JSONError) -> Unicode.Scalar {
    let unit = try fourHexDigits()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let afterFirst = position
    if unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      let second = try fourHexDigits()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00))
      {
        return scalar
      }
      position = afterFirst
    }
    return "\u{FFFD}"
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try current()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw unexpected()
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw JSONError(.invalidUTF8, at: slice.startIndex)
    }
    return text
  }
}

extension JSONParser {
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let digits = position
    var magnitude: UInt64 = 0
    var overflows = false
    while let digit = digit() {
      let (product, first) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(UInt64(digit))
      overflows = overflows || first || second
      magnitude = sum
      position += 1
    }
    guard position > digits, position == digits + 1 || bytes[digits] != UInt8(ascii: "0") else {
      throw JSONError(.malformedNumber, at: start)
    }
    let isWhole = try !takeFractionAndExponent(from: start)
    if isWhole, !overflows {
      if !isNegative, let integer = Int(exactly: magnitude) { return .integer(integer) }
      if isNegative, magnitude > 0, magnitude <= UInt64(Int.max) + 1 {
        return .integer(Int(truncatingIfNeeded: 0 &- magnitude))
      }
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw JSONError(.malformedNumber, at: start)
    }
    guard number.isFinite else { throw JSONError(.numberOutOfRange, at: start) }
    return .number(number)
  }

  /// True where there was a fraction or an exponent.
  private mutating func takeFractionAndExponent(from start: Int) throws(JSONError) -> Bool {
    var found = false
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try takeDigits(of: start)
      found = true
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      try takeDigits(of: start)
      found = true
    }
    return found
  }

  private mutating func takeDigits(of start: Int) throws(JSONError) {
    let first = position
    while digit() != nil { position += 1 }
    guard position > first else { throw JSONError(.malformedNumber, at: start) }
  }

  private func digit() -> UInt8? {
    guard position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] else {
      return nil
    }
    return bytes[position] - UInt8(ascii: "0")
  }
}
