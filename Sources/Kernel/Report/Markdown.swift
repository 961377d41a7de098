/// Markdown as notebooks use it, turned into HTML: headings, paragraphs, lists, quotes, code, tables, rules.
///
/// Raw HTML is shown as text: a report runs nothing that came with a notebook.
package struct Markdown {
  private var lines: [Substring]
  private let picture: MarkdownInline.PictureSource
  private var out = ""

  /// The HTML of a Markdown text; `picture` answers what a picture's address becomes in the page.
  package static func html(_ text: String, picture: @escaping MarkdownInline.PictureSource) -> String {
    html(lines: TextFile.lines(of: text), depth: 0, picture: picture)
  }

  private static func html(
    lines: [Substring], depth: Int, picture: @escaping MarkdownInline.PictureSource
  ) -> String {
    var document = Markdown(lines: lines, picture: picture, depth: depth)
    document.run()
    return document.out
  }

  private let depth: Int
  private var place = 0

  private init(lines: [Substring], picture: @escaping MarkdownInline.PictureSource, depth: Int) {
    self.lines = lines
    self.picture = picture
    self.depth = depth
  }

  private static let deepest = 32

  private mutating func run() {
    while place < lines.count {
      let line = lines[place]
      if Self.isBlank(line) {
        place += 1
      } else if let fence = Self.fence(line) {
        fencedCode(fence)
      } else if let (level, title) = Self.heading(line) {
        out += "<h\(level)>\(inline(title))</h\(level)>\n"
        place += 1
      } else if Self.isRule(line) {
        out += "<hr>\n"
        place += 1
      } else if depth < Self.deepest, Self.trimmed(line).hasPrefix(">") {
        quote()
      } else if depth < Self.deepest, let marker = ListMarker(line) {
        list(marker)
      } else if isTable {
        table()
      } else {
        paragraph()
      }
    }
  }

  private func inline(_ text: some StringProtocol) -> String { MarkdownInline.html(text, picture: picture) }

  private func nested(_ inner: [Substring]) -> String {
    Self.html(lines: inner, depth: depth + 1, picture: picture)
  }

  private static func isBlank(_ line: Substring) -> Bool { line.allSatisfy(\.isWhitespace) }

  private static func trimmed(_ line: Substring) -> Substring { line.drop { $0 == " " || $0 == "\t" } }

  private static func fence(_ line: Substring) -> Character? {
    let text = trimmed(line)
    return text.hasPrefix("```") ? "`" : text.hasPrefix("~~~") ? "~" : nil
  }

  private static func heading(_ line: Substring) -> (level: Int, title: Substring)? {
    let marks = line.prefix { $0 == "#" }.count
    guard (1...6).contains(marks), line.dropFirst(marks).first.map(\.isWhitespace) ?? true else { return nil }
    return (marks, trimmed(line.dropFirst(marks)))
  }

  private static func isRule(_ line: Substring) -> Bool {
    let marks = line.filter { !$0.isWhitespace }
    guard marks.count >= 3, let first = marks.first, "-*_".contains(first) else { return false }
    return marks.allSatisfy { $0 == first }
  }

  private mutating func fencedCode(_ fence: Character) {
    let close = String(repeating: fence, count: 3)
    place += 1
    var code: [Substring] = []
    while place < lines.count, !Self.trimmed(lines[place]).hasPrefix(close) {
      code.append(lines[place])
      place += 1
    }
    place += 1
    out += "<pre><code>\(HTMLText.escape(code.joined(separator: "\n")))</code></pre>\n"
  }

  private mutating func quote() {
    var inner: [Substring] = []
    while place < lines.count, !Self.isBlank(lines[place]) {
      let text = Self.trimmed(lines[place])
      inner.append(text.hasPrefix("> ") ? text.dropFirst(2) : text.hasPrefix(">") ? text.dropFirst() : text)
      place += 1
    }
    out += "<blockquote>\n\(nested(inner))</blockquote>\n"
  }

  private mutating func list(_ first: ListMarker) {
    out += first.isOrdered ? "<ol>\n" : "<ul>\n"
    while place < lines.count, let marker = ListMarker(lines[place]), marker.isOrdered == first.isOrdered {
      var inner = [lines[place].dropFirst(marker.width)]
      place += 1
      while place < lines.count, !endsItem(lines[place], of: marker) {
        inner.append(Self.outdented(lines[place], by: marker.width))
        place += 1
      }
      while let last = inner.last, Self.isBlank(last), inner.count > 1 { inner.removeLast() }
      let isLoose = inner.contains(where: Self.isBlank)
      var html = nested(inner)
      // A tight item shows its text without the space of a paragraph.
      if !isLoose, html.hasPrefix("<p>"), let end = html.range(of: "</p>\n") {
        html.replaceSubrange(end, with: "\n")
        html.removeFirst(3)
      }
      out += "<li>\(html)</li>\n"
    }
    out += first.isOrdered ? "</ol>\n" : "</ul>\n"
  }

  private func endsItem(_ line: Substring, of marker: ListMarker) -> Bool {
    if Self.isBlank(line) {
      let next = lines[(place + 1)...].first { !Self.isBlank($0) }
      return next.map { Self.indent(of: $0) < marker.indent + 2 } ?? true
    }
    if let other = ListMarker(line), other.indent < marker.indent + 2 { return true }
    return Self.indent(of: line) <= marker.indent && (Self.heading(line) != nil || Self.fence(line) != nil)
  }

  private static func indent(of line: Substring) -> Int { line.prefix { $0 == " " }.count }

  private static func outdented(_ line: Substring, by width: Int) -> Substring {
    line.dropFirst(min(width, indent(of: line)))
  }

  private var isTable: Bool {
    guard place + 1 < lines.count, lines[place].contains("|") else { return false }
    let rule = lines[place + 1].filter { !$0.isWhitespace }
    return rule.contains("-") && rule.contains("|") && rule.allSatisfy { "|:-".contains($0) }
  }

  private mutating func table() {
    out += "<table>\n<thead><tr>"
    for cell in Self.cells(lines[place]) { out += "<th>\(inline(cell))</th>" }
    out += "</tr></thead>\n<tbody>\n"
    place += 2
    while place < lines.count, lines[place].contains("|"), !Self.isBlank(lines[place]) {
      out += "<tr>" + Self.cells(lines[place]).map { "<td>\(inline($0))</td>" }.joined() + "</tr>\n"
      place += 1
    }
    out += "</tbody>\n</table>\n"
  }

  private static func cells(_ line: Substring) -> [String] {
    var cells: [String] = [""]
    var isCode = false
    var isEscaped = false
    for character in line {
      if character == "|", !isCode, !isEscaped {
        cells.append("")
      } else {
        if character == "`" { isCode.toggle() }
        cells[cells.count - 1].append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    let edges = cells.map { String(trimmed(Substring($0)).reversed().drop { $0.isWhitespace }.reversed()) }
    let inner = edges.first == "" ? edges.dropFirst() : edges[...]
    return Array(inner.last == "" ? inner.dropLast() : inner)
  }

  private mutating func paragraph() {
    var text: [Substring] = []
    repeat {
      text.append(Self.trimmed(lines[place]))
      place += 1
    } while place < lines.count && continuesParagraph(lines[place])
    out += "<p>\(inline(text.joined(separator: "\n")))</p>\n"
  }

  private func continuesParagraph(_ line: Substring) -> Bool {
    !(Self.isBlank(line) || Self.fence(line) != nil || Self.heading(line) != nil || Self.isRule(line)
      || Self.trimmed(line).hasPrefix(">") || ListMarker(line) != nil || isTable)
  }
}

/// The sign before an item of a list: a bullet, or a number with a dot.
private struct ListMarker {
  let indent: Int
  let width: Int
  let isOrdered: Bool

  init?(_ line: Substring) {
    let indent = line.prefix { $0 == " " }.count
    let text = line.dropFirst(indent)
    let digits = text.prefix { $0.isASCII && $0.isNumber }.count
    let sign = digits > 0 ? digits + 1 : 1
    guard text.count > sign, digits < 10 else { return nil }
    let mark = text[text.index(text.startIndex, offsetBy: sign - 1)]
    let after = text[text.index(text.startIndex, offsetBy: sign)]
    guard after == " ", digits > 0 ? mark == "." || mark == ")" : "-*+".contains(mark) else { return nil }
    self.indent = indent
    width = indent + sign + 1
    isOrdered = digits > 0
  }
}

extension String {
  /// Where `other` first stands in this text.
  fileprivate func range(of other: String) -> Range<String.Index>? { ranges(of: other).first }
}
