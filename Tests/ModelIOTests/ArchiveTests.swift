import ModelIO
import Testing

/// Archives put together byte by byte, so that each field may be wrong.
enum ArchiveBytes {
  /// A tar member: its header with the right sum, its contents, zeros up to a multiple of 512.
  static func tar(
    _ name: String, _ contents: [UInt8], kind: Character = "0", prefix: String = "", size: String? = nil
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put(size ?? octal(contents.count, 11), at: 124)
    put(String(kind), at: 156)
    put("ustar", at: 257)
    put(prefix, at: 345)
    let sum = header.reduce(0) { $0 + Int($1) } + 8 * 0x20
    put(octal(sum, 6), at: 148)
    header[155] = 0x20
    return header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
  }

  static let tarEnd = [UInt8](repeating: 0, count: 1024)

  /// `LENGTH KEY=VALUE` and a line's end, the length counting itself.
  static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length {
      length = String(length).utf8.count + rest.utf8.count
    }
    return Array("\(length)\(rest)".utf8)
  }

  /// A zip archive of one member that is stored; `change` may damage its directory's entry.
  static func zip(
    _ name: String, _ contents: [UInt8], sum: UInt32, change: (inout [UInt8]) -> Void = { _ in }
  ) -> [UInt8] {
    let common =
      [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0] + little(sum) + little(UInt32(contents.count))
      + little(UInt32(contents.count)) + little(UInt16(name.utf8.count)) + [0, 0]
    let local = [0x50, 0x4b, 3, 4] + common + Array(name.utf8) + contents
    var entry = [0x50, 0x4b, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 14) + Array(name.utf8)
    change(&entry)
    return local + entry + [0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + little(UInt32(entry.count))
      + little(UInt32(local.count)) + [0, 0]
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }

  private static func octal(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
}

@Suite("tar archives")
struct TarArchiveTests {
  private func names(_ bytes: [UInt8]) throws -> [String] {
    try TarArchive.entries(of: ByteSlice(bytes + ArchiveBytes.tarEnd)).map(\.name)
  }

  private func refusal(_ bytes: [UInt8]) -> FormatError? {
    #expect(throws: FormatError.self) { try TarArchive.entries(of: ByteSlice(bytes)) }
  }

  @Test("names longer than a header come from a prefix, from GNU's member before, or from POSIX's records")
  func longNames() throws {
    let long = String(repeating: "bilder/", count: 30) + "größe.png"
    let plain = ArchiveBytes.tar("a.png", [1, 2, 3])
    let prefixed = ArchiveBytes.tar("b.png", [], prefix: "folder/inner")
    let gnu =
      ArchiveBytes.tar("././@LongLink", Array(long.utf8) + [0], kind: "L") + ArchiveBytes.tar("cut", [4])
    let posix =
      ArchiveBytes.tar(
        "PaxHeaders/x", ArchiveBytes.record("mtime", "1.5") + ArchiveBytes.record("path", long), kind: "x")
      + ArchiveBytes.tar("cut", [5])
    #expect(
      try names(gnu + plain + prefixed + posix + plain) == [
        long, "a.png", "folder/inner/b.png", long, "a.png",
      ])
  }

  @Test("what Python's tarfile writes has the names and sizes that it was given")
  func python() throws {
    let entries = try TarArchive.entries(of: try Fixture.bytes("modelio/posix.tar"))
    let long = String(repeating: "bilder/", count: 30) + "größe.png"
    #expect(entries.map(\.name) == [long, "plain.txt", "über.txt"] && entries.map(\.size) == [3, 3, 5])
  }

  @Test("a size in POSIX's records counts, not the header's")
  func extendedSize() throws {
    let bytes =
      ArchiveBytes.tar("PaxHeaders/x", ArchiveBytes.record("size", "700"), kind: "x")
      + ArchiveBytes.tar("big", [UInt8](repeating: 7, count: 700), size: "00000000000")
      + ArchiveBytes.tar("next", [])
    let entries = try TarArchive.entries(of: ByteSlice(bytes + ArchiveBytes.tarEnd))
    #expect(entries.map(\.name) == ["big", "next"])
    #expect(entries.map(\.size) == [700, 0])
  }

  @Test(
    "records that lie about their length, name no value or give no size are refused",
    arguments: [
      "99 path=a\n", "9 path=ab8 foo=b\n", "9 path=ab\n", "9 pathab\n", "7 path", "x path=a\n", "10 size=-\n",
      "0 a=b\n",
    ])
  func damagedRecords(_ record: String) {
    let bytes = ArchiveBytes.tar("PaxHeaders/x", Array(record.utf8), kind: "x") + ArchiveBytes.tar("a", [])
    let error = refusal(bytes + ArchiveBytes.tarEnd)
    #expect(error?.offset == 512 + record.utf8.count)
  }

  @Test("one byte of a header changed is found by the sum, at the header's place")
  func sums() {
    let first = ArchiveBytes.tar("a.png", [1, 2, 3])
    for place in [0, 50, 130, 156, 300, 511] {
      var second = ArchiveBytes.tar("b.png", [4])
      second[place] ^= 1
      #expect(refusal(first + second + ArchiveBytes.tarEnd)?.offset == 1024, "byte \(place)")
    }
  }

  @Test("what ends inside a member or a header is cut off; what ends behind a member is whole")
  func cutOff() throws {
    let bytes = ArchiveBytes.tar("a.png", [UInt8](repeating: 1, count: 600)) + ArchiveBytes.tar("b.png", [2])
    #expect(try TarArchive.entries(of: ByteSlice(bytes)).count == 2)
    for length in [700, 1100, 1536 + 100] {
      guard case .truncated = refusal(Array(bytes.prefix(length)))?.cause else {
        Issue.record("cut to \(length)")
        continue
      }
    }
  }

  @Test("links and devices are no files")
  func kinds() throws {
    let bytes = ["0", "1", "2", "5", "3"].flatMap { ArchiveBytes.tar("member\($0)", [], kind: Character($0)) }
    let entries = try TarArchive.entries(of: ByteSlice(bytes + ArchiveBytes.tarEnd))
    #expect(entries.map(\.kind) == [.file, .other, .other, .directory, .other])
  }
}

@Suite("zip archives")
struct ZipArchiveTests {
  private static let contents = Array("123456789".utf8)
  /// The sum of these nine digits is every CRC-32's check value.
  private static let sum: UInt32 = 0xcbf4_3926

  private func read(_ bytes: [UInt8]) throws -> [UInt8] {
    var archive = try ZipArchive(ByteSlice(bytes))
    return try archive.read(try #require(archive.member(named: "digits"))).array
  }

  private func refusal(_ change: (inout [UInt8]) -> Void) -> FormatError? {
    #expect(throws: FormatError.self) {
      try read(ArchiveBytes.zip("digits", Self.contents, sum: Self.sum, change: change))
    }
  }

  @Test("a member's sum is compared, and zero is no sum")
  func sums() throws {
    #expect(try read(ArchiveBytes.zip("digits", Self.contents, sum: Self.sum)) == Self.contents)
    #expect(try read(ArchiveBytes.zip("digits", Self.contents, sum: 0)) == Self.contents)
    let error = #expect(throws: FormatError.self) {
      try read(ArchiveBytes.zip("digits", Self.contents, sum: Self.sum ^ 1))
    }
    #expect(error?.cause == .invalid("the checksum does not match: the file is damaged"))
    #expect(error?.subject == "member 'digits'" && error?.offset == 36)
  }

  @Test("what Python's zipfile writes with sizes of 64 bits is read")
  func python() throws {
    #expect(try read(try Fixture.bytes("modelio/wide.zip").array) == Self.contents)
  }

  @Test("encrypted members and methods that are not read are named")
  func unsupported() {
    #expect(refusal { $0[8] |= 1 }?.cause == .unsupported("encrypted zip members"))
    #expect(refusal { $0[10] = 12 }?.cause == .unsupported("zip compression method 12"))
  }

  @Test("a stored member of two sizes, and one whose header is not where the directory says")
  func contradictions() {
    #expect(refusal { $0[24] = 8 }?.cause == .invalid("a stored member of two sizes"))
    #expect(
      refusal { $0[42] = 1 }?.cause == .invalid("no local header at the place the directory names"))
  }

  @Test("sizes and place of 64 bits are taken from the extra field, where the entry has none")
  func wide() throws {
    let bytes = ArchiveBytes.zip("digits", Self.contents, sum: Self.sum) { entry in
      for place in [20, 24, 42] {
        entry.replaceSubrange(place..<place + 4, with: [0xff, 0xff, 0xff, 0xff])
      }
      entry[30] = 4 + 2 + 4 + 24
      // A field of another kind stands before it.
      entry += [0x55, 0x54, 2, 0, 9, 9, 1, 0, 24, 0]
      for value in [9, 9, 0] as [UInt64] { entry += ArchiveBytes.little(value) }
    }
    #expect(try read(bytes) == Self.contents)
    let tooWide = refusal { entry in
      entry.replaceSubrange(24..<28, with: [0xff, 0xff, 0xff, 0xff])
      entry[30] = 12
      entry += [1, 0, 8, 0] + ArchiveBytes.little(UInt64.max)
    }
    #expect(tooWide?.cause == .invalid("a zip member of more than 2^63 bytes"))
  }

  @Test("an archive of the 64-bit kind has count and place in a directory of its own")
  func wideDirectory() throws {
    let plain = ArchiveBytes.zip("digits", Self.contents, sum: Self.sum)
    let body = Array(plain.dropLast(22))
    let start = 30 + 6 + Self.contents.count
    let wide =
      [0x50, 0x4b, 6, 6] + [UInt8](repeating: 0, count: 20) + ArchiveBytes.little(UInt64(1))
      + ArchiveBytes.little(UInt64(1)) + ArchiveBytes.little(UInt64(body.count - start))
      + ArchiveBytes.little(UInt64(start))
    let locator =
      [0x50, 0x4b, 6, 7, 0, 0, 0, 0] + ArchiveBytes.little(UInt64(body.count)) + [1, 0, 0, 0]
    let end = [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 0xff, count: 12) + [0, 0]
    #expect(try read(body + wide + locator + end) == Self.contents)
    var astray = locator
    astray[8] += 1
    let error = #expect(throws: FormatError.self) { try read(body + wide + astray + end) }
    #expect(error?.cause == .invalid("no 64-bit directory at the place named"))
  }
}
