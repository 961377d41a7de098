/// The marks inside a line of Markdown: code, emphasis, links, pictures, line breaks.
///
/// Formulas between dollar signs are kept as they are typed, in a `span` of class `math`.
package struct MarkdownInline {
  /// Turns the address of a picture into one that the page can carry; nil leaves the picture out.
  package typealias PictureSource = (_ address: String) -> String?

  private let text: [Character]
  private let picture: PictureSource
  private var place = 0
  private var out = ""

  /// The HTML of one run of text.
  package static func html(_ text: some StringProtocol, picture: @escaping PictureSource) -> String {
    var inline = MarkdownInline(text: Array(text), picture: picture)
    inline.run()
    return inline.out
  }

  private init(text: [Character], picture: @escaping PictureSource) {
    self.text = text
    self.picture = picture
  }

  private mutating func run() {
    while place < text.count {
      switch text[place] {
      case "\\" where place + 1 < text.count && Self.escapable.contains(text[place + 1]):
        out += HTMLText.escape(String(text[place + 1]))
        place += 2
      case "`": code()
      case "$": formula()
      case "!" where place + 1 < text.count && text[place + 1] == "[": link(isPicture: true)
      case "[": link(isPicture: false)
      case "<": automaticLink()
      case "*", "_": emphasis()
      case "~" where starts(with: "~~"): span(mark: "~~", tag: "del")
      case "\n":
        out += out.hasSuffix("  ") ? "<br>\n" : "\n"
        place += 1
      default: plain()
      }
    }
  }

  private static let escapable: Set<Character> = Set("\\`*_{}[]()#+-.!|<>~$\"'&")

  private mutating func plain() {
    out += HTMLText.escape(String(text[place]))
    place += 1
  }

  private func starts(with mark: String, at start: Int? = nil) -> Bool {
    let start = start ?? place
    let characters = Array(mark)
    guard start + characters.count <= text.count else { return false }
    return zip(characters, text[start...]).allSatisfy { $0 == $1 }
  }

  private func find(_ mark: String, from start: Int) -> Int? {
    guard start < text.count else { return nil }
    return (start..<text.count).first { starts(with: mark, at: $0) }
  }

  private mutating func code() {
    var ticks = 0
    while place + ticks < text.count, text[place + ticks] == "`" { ticks += 1 }
    let mark = String(repeating: "`", count: ticks)
    guard let end = find(mark, from: place + ticks) else {
      out += mark
      place += ticks
      return
    }
    var inside = String(text[(place + ticks)..<end]).replacing("\n", with: " ")
    if inside.count > 2, inside.hasPrefix(" "), inside.hasSuffix(" ") {
      inside = String(inside.dropFirst().dropLast())
    }
    out += "<code>\(HTMLText.escape(inside))</code>"
    place = end + ticks
  }

  private mutating func formula() {
    let mark = starts(with: "$$") ? "$$" : "$"
    let start = place + mark.count
    guard let end = find(mark, from: start), end > start, !text[start].isWhitespace,
      !text[end - 1].isWhitespace
    else { return plain() }
    out += "<span class=\"math\">\(HTMLText.escape(String(text[start..<end])))</span>"
    place = end + mark.count
  }

  private mutating func link(isPicture: Bool) {
    let open = place + (isPicture ? 2 : 1)
    guard let close = closing("]", opening: "[", from: open), close + 1 < text.count, text[close + 1] == "(",
      let end = closing(")", opening: "(", from: close + 2)
    else { return plain() }
    let label = String(text[open..<close])
    let target =
      String(text[(close + 2)..<end]).split(separator: " ", maxSplits: 1).first.map(String.init) ?? ""
    place = end + 1
    if isPicture {
      guard let source = picture(target).flatMap({ HTMLText.safeAddress($0, forPicture: true) }) else {
        out += HTMLText.escape(label)
        return
      }
      out += "<img src=\"\(source)\" alt=\"\(HTMLText.escape(label))\">"
      return
    }
    let inside = Self.html(label, picture: picture)
    guard let address = HTMLText.safeAddress(target) else {
      out += inside
      return
    }
    out += "<a href=\"\(address)\">\(inside)</a>"
  }

  private func closing(_ close: Character, opening: Character, from start: Int) -> Int? {
    var depth = 0
    for index in start..<max(start, text.count) {
      if text[index] == opening { depth += 1 }
      if text[index] == close {
        if depth == 0 { return index }
        depth -= 1
      }
    }
    return nil
  }

  private mutating func automaticLink() {
    guard let end = find(">", from: place + 1) else { return plain() }
    let inside = String(text[(place + 1)..<end])
    guard inside.hasPrefix("http://") || inside.hasPrefix("https://"), !inside.contains(" "),
      let address = HTMLText.safeAddress(inside)
    else { return plain() }
    out += "<a href=\"\(address)\">\(address)</a>"
    place = end + 1
  }

  private mutating func emphasis() {
    let mark = String(text[place])
    // An underscore inside a word is a letter, as in a layer's name.
    if mark == "_", place > 0, text[place - 1].isLetter || text[place - 1].isNumber { return plain() }
    if starts(with: mark + mark) {
      span(mark: mark + mark, tag: "strong")
    } else {
      span(mark: mark, tag: "em")
    }
  }

  private mutating func span(mark: String, tag: String) {
    let start = place + mark.count
    guard start < text.count, !text[start].isWhitespace, let end = endOfSpan(mark, from: start + 1) else {
      out += HTMLText.escape(mark)
      place = start
      return
    }
    out += "<\(tag)>\(Self.html(String(text[start..<end]), picture: picture))</\(tag)>"
    place = end + mark.count
  }

  private func endOfSpan(_ mark: String, from start: Int) -> Int? {
    var index = start
    while let end = find(mark, from: index) {
      let doubled = mark.count == 1 && starts(with: mark + mark, at: end)
      if !text[end - 1].isWhitespace, !doubled { return end }
      index = end + (doubled ? 2 : 1)
    }
    return nil
  }
}
