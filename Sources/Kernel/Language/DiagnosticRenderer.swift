/// Makes a diagnostic's text; the only place that does.
///
///     error[unknown-layer]: there is no layer named 'layer5' in resnet18
///       1 | grad-cam layer=layer5
///         |                ^^^^^^ did you mean 'layer4'?  `layers` lists all 9 candidates
package struct DiagnosticRenderer: Sendable {
  /// Whether the text is coloured by ANSI sequences.
  package enum Style: Sendable { case plain, ansi }

  /// Red that keeps three times the luminance of a notebook's error background, or a third of it, in the light theme and in
  /// the dark one; the sixteen named colours do so in one of them at most.
  private static let red = "1;38;5;196"
  /// The widest piece of a source line that is shown.
  private static let widest = 110

  private let style: Style

  package init(_ style: Style) { self.style = style }

  /// The block of a diagnostic, line by line.
  package func lines(of diagnostic: Diagnostic, in cell: SourceText) -> [String] {
    let source = diagnostic.origin ?? cell
    var lines = [
      paint("error[\(diagnostic.code)]", Self.red) + paint(": " + TerminalText.safe(diagnostic.message), "1")
    ]
    let hint = diagnostic.hints.map(TerminalText.safe).joined(separator: "  ")
    if let span = diagnostic.span {
      lines += excerpt(of: source, span, hint: hint)
    } else if !hint.isEmpty {
      lines.append("  " + hint)
    }
    return lines + diagnostic.notes.map { "  = " + TerminalText.safe($0) }
  }

  private func excerpt(of source: SourceText, _ span: SourceSpan, hint: String) -> [String] {
    let (number, _) = source.position(of: span.start)
    let line = source.line(number)
    let gutter = String(number)
    let margin = String(repeating: " ", count: gutter.count)
    let start = min(span.start, line.end)
    let end = max(start, min(span.end, line.end))
    let (before, marked, after) = window(of: source, line, start, end)
    let offset = String(repeating: " ", count: TerminalText.width(of: before))
    let carets = String(repeating: "^", count: max(1, TerminalText.width(of: marked)))
    var lines: [String] = []
    if let name = source.name { lines.append("  " + margin + "in \(TerminalText.safe(name))") }
    lines.append("  \(gutter) | " + before + marked + after)
    lines.append(
      "  " + margin + " | " + offset + paint(carets, "1")
        + (hint.isEmpty ? "" : " " + hint))
    return lines
  }

  /// The line in three parts, cut around the marked one where it is too long to show.
  private func window(
    of source: SourceText, _ line: SourceSpan, _ start: Int, _ end: Int
  ) -> (before: String, marked: String, after: String) {
    let shownEnd = min(end, start + Self.widest)
    let room = Self.widest - (shownEnd - start)
    let isLong = line.end - line.start > Self.widest
    let first = isLong ? max(line.start, start - room / 2) : line.start
    let last = isLong ? min(line.end, shownEnd + room / 2) : line.end
    let before = TerminalText.safe(source[SourceSpan(first, start)])
    let marked = TerminalText.safe(source[SourceSpan(start, shownEnd)])
    let after = TerminalText.safe(source[SourceSpan(shownEnd, last)])
    return ((first > line.start ? "…" : "") + before, marked, after + (last < line.end ? "…" : ""))
  }

  private func paint(_ text: String, _ code: String) -> String {
    style == .ansi ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
