/// A range of Unicode code points in a source text.
package struct SourceSpan: Sendable, Hashable {
  package var start: Int
  package var end: Int

  package init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = max(start, end)
  }

  /// The smallest span that holds both.
  package func joined(with other: SourceSpan) -> SourceSpan {
    SourceSpan(min(start, other.start), max(end, other.end))
  }
}

/// A cell or a script as code points, with the way to lines and columns.
///
/// The protocol counts code points, so every offset of the language does too.
package struct SourceText: Sendable {
  /// The script's path; nil for a cell.
  package let name: String?
  package let scalars: [Unicode.Scalar]
  /// Its bytes as UTF-8 where that is more than any person writes; such a text is not read, and is empty here.
  package let excessiveBytes: Int?
  private let lineStarts: [Int]

  /// The longest text that is read, in bytes as UTF-8.
  package static let longest = 4 << 20

  package init(_ text: String, name: String? = nil) {
    self.name = name
    let bytes = text.utf8.count
    excessiveBytes = bytes > Self.longest ? bytes : nil
    scalars = bytes > Self.longest ? [] : Array(text.unicodeScalars)
    var starts = [0]
    for (offset, scalar) in scalars.enumerated() where scalar == "\n" { starts.append(offset + 1) }
    lineStarts = starts
  }

  /// The text under a span; a span that reaches outside is cut.
  package subscript(span: SourceSpan) -> String {
    let start = min(max(span.start, 0), scalars.count)
    let end = min(max(span.end, start), scalars.count)
    var text = String.UnicodeScalarView()
    // One by one: appending a slice goes through unspecialised code of the standard library.
    for place in start..<end { text.append(scalars[place]) }
    return String(text)
  }

  /// Line and column of an offset, both counted from one.
  package func position(of offset: Int) -> (line: Int, column: Int) {
    let place = min(max(offset, 0), scalars.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= place { low = middle } else { high = middle }
    }
    return (low + 1, place - lineStarts[low] + 1)
  }

  /// The span of a line counted from one, without its line break.
  package func line(_ number: Int) -> SourceSpan {
    guard lineStarts.indices.contains(number - 1) else { return SourceSpan(scalars.count, scalars.count) }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : scalars.count
    if end > start, scalars[end - 1] == "\r" { end -= 1 }
    return SourceSpan(start, end)
  }
}
