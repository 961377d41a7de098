/// Why bytes are no JSON document that we take, and at which byte that shows.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  package enum Cause: Hashable, Sendable {
    case unexpectedByte(UInt8)
    case unexpectedEnd
    case trailingBytes
    case controlCharacterInString
    case unknownEscape(UInt8)
    case invalidUTF8
    case malformedNumber
    case numberOutOfRange
    case tooDeep(limit: Int)
    case tooLong(limit: Int)
  }

  package let cause: Cause
  /// Counted in bytes from the document's start.
  package let offset: Int

  package init(_ cause: Cause, at offset: Int) {
    self.cause = cause
    self.offset = offset
  }

  package var description: String {
    let reason =
      switch cause {
      case .unexpectedByte(let byte): "unexpected byte 0x\(String(byte, radix: 16))"
      case .unexpectedEnd: "unexpected end"
      case .trailingBytes: "bytes after the document's end"
      case .controlCharacterInString: "unescaped control character in a string"
      case .unknownEscape(let byte): "unknown escape 0x\(String(byte, radix: 16))"
      case .invalidUTF8: "invalid UTF-8"
      case .malformedNumber: "malformed number"
      case .numberOutOfRange: "number out of range"
      case .tooDeep(let limit): "nested deeper than \(limit)"
      case .tooLong(let limit): "longer than \(limit) bytes"
      }
    return "\(reason) at byte \(offset)"
  }
}
