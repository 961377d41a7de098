/// Terminal text with colour codes, turned into HTML.
package enum AnsiText {
  /// The text as HTML: colours and bold become spans of classes, other control sequences vanish.
  package static func html(_ text: String) -> String {
    var out = ""
    var open = false
    var rest = Substring(text)
    while let escape = rest.firstIndex(of: "\u{1B}") {
      out += HTMLText.escape(rest[..<escape])
      rest = rest[escape...].dropFirst()
      guard rest.first == "[" else { continue }
      let body = rest.dropFirst().prefix { $0.isASCII && !("@"..."~").contains($0) }
      let end = rest.dropFirst(1 + body.count)
      if end.first == "m" {
        if open { out += "</span>" }
        let classes = body.split(separator: ";").compactMap { name(of: Int($0) ?? 0) }
        open = !classes.isEmpty
        if open { out += "<span class=\"\(classes.joined(separator: " "))\">" }
      }
      rest = end.dropFirst()
    }
    out += HTMLText.escape(rest)
    return open ? out + "</span>" : out
  }

  private static let colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  private static func name(of code: Int) -> String? {
    switch code {
    case 1: "ansi-bold"
    case 2: "ansi-faint"
    case 4: "ansi-underline"
    case 30...37: "ansi-\(colours[code - 30])"
    case 90...97: "ansi-\(colours[code - 90])"
    default: nil
    }
  }
}
