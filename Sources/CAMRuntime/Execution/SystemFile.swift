import Glibc

/// Small files in which the system says what a process may use.
enum SystemFile {
  /// The first 4,096 bytes of a file, nil where there is none.
  static func contents(_ path: String) -> String? {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(file, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// The number behind a key in a file of lines `key number` or `key: number kB`, as it stands there.
  static func number(of key: String, in path: String) -> Int? {
    guard let text = contents(path) else { return nil }
    for line in text.split(separator: "\n") {
      let fields = line.split { $0 == ":" || $0.isWhitespace }
      if fields.count >= 2, fields[0] == key { return Int(fields[1]) }
    }
    return nil
  }

  /// A file of one number; nil for other words, as "max".
  static func number(_ path: String) -> Int? {
    contents(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } }
  }
}
