/// A cursor over bytes we did not write: every read is checked against the end.
package struct ByteReader {
  package let bytes: ByteSlice
  /// The next byte to be read, counted from the slice's start.
  package private(set) var position = 0

  package init(_ bytes: ByteSlice) { self.bytes = bytes }

  package var remaining: Int { bytes.count - position }
  package var isAtEnd: Bool { remaining == 0 }
  /// The position counted from the start of the file.
  package var offset: Int { bytes.origin + position }

  /// An error that happened here.
  package func failure(_ cause: FormatError.Cause) -> FormatError { FormatError(cause, offset: offset) }

  /// The next `count` bytes, not copied.
  package mutating func take(_ count: Int) throws(FormatError) -> ByteSlice {
    guard count >= 0, count <= remaining, let piece = bytes.slice(position..<position + count) else {
      throw failure(.truncated(wanted: count, left: remaining))
    }
    position += count
    return piece
  }

  package mutating func skip(_ count: Int) throws(FormatError) { _ = try take(count) }

  /// Moves to `position`, counted from the slice's start.
  package mutating func seek(to position: Int) throws(FormatError) {
    guard position >= 0, position <= bytes.count else {
      throw failure(.invalid("position \(position) lies outside the \(bytes.count) bytes"))
    }
    self.position = position
  }

  /// The next integer, little-endian unless said otherwise.
  package mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self, bigEndian: Bool = false
  ) throws(FormatError) -> Value {
    let size = Value.bitWidth / 8
    guard size <= remaining else { throw failure(.truncated(wanted: size, left: remaining)) }
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
    position += size
    return bigEndian ? Value(bigEndian: value) : Value(littleEndian: value)
  }

  package mutating func byte() throws(FormatError) -> UInt8 { try integer(UInt8.self) }

  /// An unsigned integer of `Value`'s width that must fit an `Int`.
  package mutating func count<Value: FixedWidthInteger & UnsignedInteger>(
    _ type: Value.Type
  ) throws(FormatError) -> Int {
    let start = offset
    let value = try integer(type)
    guard let count = Int(exactly: value) else {
      throw FormatError(.invalid("a count of \(value)"), offset: start)
    }
    return count
  }

  /// The next `count` bytes as UTF-8.
  package mutating func text(_ count: Int) throws(FormatError) -> String {
    let start = offset
    guard let text = try take(count).text else {
      throw FormatError(.invalid("text that is not UTF-8"), offset: start)
    }
    return text
  }

  /// The bytes up to the next `terminator`, which is consumed and not given.
  package mutating func take(until terminator: UInt8) throws(FormatError) -> ByteSlice {
    let start = position
    let end = bytes.withUnsafeBytes { $0[start...].firstIndex(of: terminator) }
    guard let end else { throw failure(.truncated(wanted: remaining + 1, left: remaining)) }
    let piece = try take(end - start)
    position += 1
    return piece
  }
}
