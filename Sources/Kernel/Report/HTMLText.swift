/// Writing text into HTML.
package enum HTMLText {
  /// The text with the five characters that mean something to HTML written as entities.
  package static func escape(_ text: some StringProtocol) -> String {
    var out = ""
    out.reserveCapacity(text.utf8.count + 16)
    for character in text.unicodeScalars {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }

  /// An address that a page may link to or show: http, https, mailto, a fragment, a relative path, or a picture held in the page.
  package static func safeAddress(_ address: some StringProtocol, forPicture: Bool = false) -> String? {
    let trimmed = address.drop { $0.isWhitespace }
    guard let colon = trimmed.firstIndex(of: ":") else { return escape(trimmed) }
    let before = trimmed[..<colon]
    if before.contains("/") || before.contains("?") || before.contains("#") { return escape(trimmed) }
    let scheme = before.lowercased()
    if ["http", "https", "mailto"].contains(scheme) { return escape(trimmed) }
    if forPicture, scheme == "data", trimmed.lowercased().hasPrefix("data:image/") { return escape(trimmed) }
    return nil
  }
}
