/// A pattern with `*` for any text and `?` for any letter, as history searches and `layers` take them.
package struct GlobPattern: Sendable {
  private let pattern: [Unicode.Scalar]
  private let ignoresCase: Bool

  package init(_ pattern: String, ignoresCase: Bool = false) {
    self.pattern = Array((ignoresCase ? pattern.lowercased() : pattern).unicodeScalars)
    self.ignoresCase = ignoresCase
  }

  /// Whether a text has the pattern's form as a whole; takes time in proportion to both lengths.
  package func matches(_ text: String) -> Bool {
    let text = Array((ignoresCase ? text.lowercased() : text).unicodeScalars)
    var place = 0
    var index = 0
    var star: (index: Int, place: Int)?
    while place < text.count {
      if index < pattern.count, pattern[index] == "*" {
        star = (index, place)
        index += 1
      } else if index < pattern.count, pattern[index] == "?" || pattern[index] == text[place] {
        index += 1
        place += 1
      } else if let last = star {
        star = (last.index, last.place + 1)
        index = last.index + 1
        place = last.place + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == "*" }
  }
}
