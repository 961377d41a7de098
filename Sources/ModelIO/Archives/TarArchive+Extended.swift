extension TarArchive {
  /// What members before a member say of it, in GNU's form or POSIX's: names too long for a header, sizes.
  struct Extended {
    enum Kind {
      case gnuName, posix

      /// The kind that a header's byte for the kind of member names; nil for all other members.
      init?(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "L"): self = .gnuName
        case UInt8(ascii: "x"): self = .posix
        default: return nil
        }
      }
    }

    private(set) var name: String?
    private(set) var size: Int?

    /// Takes over what the member with these contents says.
    mutating func read(_ contents: ByteSlice, _ kind: Kind, before end: Int) throws(FormatError) {
      switch kind {
      case .gnuName:
        name = contents.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      case .posix:
        guard readRecords(contents.array[...]) else {
          throw FormatError(.invalid("a record of a tar header that does not end where it says"), offset: end)
        }
      }
    }

    /// Records are `LENGTH KEY=VALUE` and a line's end, the length being the whole record's.
    private mutating func readRecords(_ bytes: ArraySlice<UInt8>) -> Bool {
      var rest = bytes
      while let first = rest.first, first != 0 {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count,
          length > digits.count + 1, rest[rest.startIndex + digits.count] == 0x20,
          rest[rest.startIndex + length - 1] == 0x0a
        else { return false }
        let record = rest.prefix(length - 1).dropFirst(digits.count + 1)
        guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
        switch String(decoding: record[..<equals], as: UTF8.self) {
        case "path": name = value
        case "size":
          guard let count = Int(value), count >= 0 else { return false }
          size = count
        default: break
        }
        rest = rest.dropFirst(length)
      }
      return true
    }
  }
}
