/// A piece of source text; the pieces of a text joined are the text.
package struct Token: Sendable, Hashable {
  /// What a piece is.
  package enum Kind: Sendable, Hashable {
    case word
    /// Quoted text with its quotes; not closed where the line ended first.
    case string(isClosed: Bool)
    case comma, equals, semicolon
    case comment
    /// White space inside a line.
    case blank
    /// A backslash at the end of a line, with the line break.
    case continuation
    case newline
  }

  package let kind: Kind
  package let span: SourceSpan

  package init(_ kind: Kind, _ span: SourceSpan) {
    self.kind = kind
    self.span = span
  }

  /// Whether it separates without meaning anything.
  package var isSpace: Bool { kind == .blank || kind == .continuation }
}
