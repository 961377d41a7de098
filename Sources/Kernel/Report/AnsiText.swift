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
        let classes = names(of: body.split(separator: ";").map { Int($0) ?? 0 })
        open = !classes.isEmpty
        if open { out += "<span class=\"\(classes.joined(separator: " "))\">" }
      }
      rest = end.dropFirst()
    }
    out += HTMLText.escape(rest)
    return open ? out + "</span>" : out
  }

  /// The text without control sequences.
  package static func plain(_ text: String) -> String {
    var out = ""
    var rest = Substring(text)
    while let escape = rest.firstIndex(of: "\u{1B}") {
      out += rest[..<escape]
      rest = rest[escape...].dropFirst()
      guard rest.first == "[" else { continue }
      let body = rest.dropFirst().prefix { $0.isASCII && !("@"..."~").contains($0) }
      rest = rest.dropFirst(2 + body.count)
    }
    return out + rest
  }

  private static let colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  /// The classes of codes; of the 256 colours (`38;5;N`) the sixteen named ones and the red of mistakes have one.
  private static func names(of codes: [Int]) -> [String] {
    var (names, rest) = ([String](), codes[...])
    while let code = rest.popFirst() {
      if code == 38 || code == 48 {
        let parameters = rest.prefix(rest.first == 5 ? 2 : 4)
        rest = rest.dropFirst(parameters.count)
        guard code == 38, parameters.count == 2, let colour = parameters.last else { continue }
        if colour == 196 {
          names.append("ansi-red")
        } else if (0..<16).contains(colour) {
          names.append("ansi-\(colours[colour % 8])")
        }
      } else if let name = name(of: code) {
        names.append(name)
      }
    }
    return names
  }

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
