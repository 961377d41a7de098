/// Text as people's editors write it.
package enum TextFile {
  /// The text of a file: UTF-8, without the byte order mark that some editors put in front; nil where it is something else.
  package static func text(of bytes: [UInt8]) -> String? {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return String(validating: bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0), as: UTF8.self)
  }

  /// The lines of a text, empty ones too; `\r\n`, which is one character, parts them as `\n` does.
  package static func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }
}
