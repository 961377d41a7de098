/// The HTML of a table from a notebook, with everything but the table taken away.
///
/// A notebook may come from a stranger, so a report lets through a list of harmless tags without their
/// attributes (spans of columns and alignment excepted); the rest is shown as text or dropped.
package enum SafeTable {
  private static let tags: Set<String> = [
    "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "b", "strong", "i", "em", "code", "pre",
    "br", "p",
    "div", "span", "sub", "sup", "small", "ul", "ol", "li", "h1", "h2", "h3", "h4", "hr",
  ]
  private static let unclosed: Set<String> = ["br", "hr"]
  private static let swallowed: Set<String> = [
    "script", "style", "iframe", "object", "template", "svg", "math",
  ]

  /// The harmless part of `html`; every tag that it opens is closed again.
  package static func cleaned(_ html: String) -> String {
    var out = ""
    var open: [String] = []
    var rest = Substring(html)
    while let start = rest.firstIndex(of: "<") {
      out += rest[..<start].replacing("\"", with: "&quot;")
      rest = rest[start...]
      if rest.hasPrefix("<!--") {
        rest = after("-->", in: rest)
        continue
      }
      guard let end = rest.firstIndex(of: ">") else { break }
      let inside = rest[rest.index(after: start)..<end]
      rest = rest[end...].dropFirst()
      let isClosing = inside.hasPrefix("/")
      let name = inside.drop { $0 == "/" }.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }.lowercased()
      if swallowed.contains(name), !isClosing {
        rest = after("</\(name)", in: rest)
        rest = after(">", in: rest)
      } else if !tags.contains(name) {
        continue
      } else if isClosing {
        guard let place = open.lastIndex(of: name) else { continue }
        while open.count > place { out += "</\(open.removeLast())>" }
      } else {
        out += "<\(name)\(attributes(of: inside, tag: name))>"
        if !unclosed.contains(name) { open.append(name) }
      }
    }
    if !rest.isEmpty { out += HTMLText.escape(rest) }
    return out + open.reversed().map { "</\($0)>" }.joined()
  }

  private static func after(_ mark: String, in text: Substring) -> Substring {
    guard let range = text.lowercased().ranges(of: mark).first else { return "" }
    let distance = text.lowercased().distance(from: text.lowercased().startIndex, to: range.upperBound)
    return text.dropFirst(distance)
  }

  private static func attributes(of tag: Substring, tag name: String) -> String {
    guard name == "td" || name == "th" else { return "" }
    var kept = ""
    for key in ["colspan", "rowspan"] {
      guard let range = tag.ranges(of: "\(key)=").first else { continue }
      let digits = tag[range.upperBound...].drop { $0 == "\"" || $0 == "'" }.prefix {
        $0.isASCII && $0.isNumber
      }
      if let count = Int(digits), (1...1000).contains(count) { kept += " \(key)=\"\(count)\"" }
    }
    if tag.contains("text-align: right") || tag.contains("text-align:right") { kept += " class=\"right\"" }
    return kept
  }
}
