internal import CCairo

/// Widths of text, and how text is made to fit.
package enum TextMeasure {
  /// How far a line advances.
  package static func width(of text: String, size: Double, weight: Canvas.Weight = .regular) -> Double {
    ccairo_text_width(text, size, code(weight))
  }

  /// The text, or its beginning with an ellipsis, in at most `limit` pixels.
  package static func fitted(
    _ text: String, to limit: Double, size: Double, weight: Canvas.Weight = .regular
  ) -> String {
    if width(of: text, size: size, weight: weight) <= limit { return text }
    let characters = Array(text)
    var (kept, tooMany) = (0, characters.count)
    while tooMany - kept > 1 {
      let middle = (kept + tooMany) / 2
      let candidate = String(characters[..<middle]) + "…"
      if width(of: candidate, size: size, weight: weight) <= limit { kept = middle } else { tooMany = middle }
    }
    var end = kept
    while end > 0, characters[end - 1] == " " { end -= 1 }
    return String(characters[..<end]) + "…"
  }

  /// Lines of at most `limit` pixels, broken at spaces; the last one ends with an ellipsis where more would follow.
  ///
  /// With `breaksWords` what is longer than a line, such as a file's name, goes on in the next one.
  package static func wrapped(
    _ text: String, to limit: Double, lines most: Int, size: Double, weight: Canvas.Weight = .regular,
    breaksWords: Bool = false
  ) -> [String] {
    var lines: [String] = []
    var line = ""
    var words = text.split(separator: " ", omittingEmptySubsequences: true)[...]
    while let word = words.first {
      if breaksWords, line.isEmpty, lines.count < most - 1,
        let place = breakingPoint(of: word, to: limit, size: size, weight: weight)
      {
        lines.append(String(word[..<place]))
        words[words.startIndex] = word[place...]
        continue
      }
      let longer = line.isEmpty ? String(word) : line + " " + word
      if line.isEmpty || width(of: longer, size: size, weight: weight) <= limit {
        line = longer
        words.removeFirst()
        continue
      }
      if lines.count == most - 1 {
        line = ([line] + words.map(String.init)).joined(separator: " ")
        break
      }
      lines.append(line)
      line = ""
    }
    if !line.isEmpty { lines.append(line) }
    return lines.map { fitted($0, to: limit, size: size, weight: weight) }
  }

  /// Where a word that is longer than a line goes on in the next one: behind the last mark in the line's second half,
  /// else where the line ends; nil where it fits.
  private static func breakingPoint(
    of word: Substring, to limit: Double, size: Double, weight: Canvas.Weight
  ) -> Substring.Index? {
    guard width(of: String(word), size: size, weight: weight) > limit else { return nil }
    var (kept, tooMany) = (1, word.count)
    while tooMany - kept > 1 {
      let middle = (kept + tooMany) / 2
      if width(of: String(word.prefix(middle)), size: size, weight: weight) <= limit {
        kept = middle
      } else {
        tooMany = middle
      }
    }
    let line = word.prefix(kept)
    let mark = line.indices.dropFirst(kept / 2).last { "-_/+ ".contains(line[$0]) }
    return mark.map(word.index(after:)) ?? line.endIndex
  }

  static func code(_ weight: Canvas.Weight) -> Int32 {
    Int32(weight == .bold ? CCAIRO_BOLD : CCAIRO_REGULAR)
  }
}
