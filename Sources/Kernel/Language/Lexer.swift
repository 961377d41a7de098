/// Cuts source text into tokens; it accepts any text and loses nothing of it.
package struct Lexer {
  private let scalars: [Unicode.Scalar]
  private var place = 0

  private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  /// All tokens of a text in their order.
  package static func tokens(of source: SourceText) -> [Token] {
    var lexer = Lexer(source.scalars)
    var tokens: [Token] = []
    while lexer.place < lexer.scalars.count {
      let start = lexer.place
      let kind = lexer.advance()
      tokens.append(Token(kind, SourceSpan(start, lexer.place)))
    }
    return tokens
  }

  private mutating func advance() -> Token.Kind {
    let scalar = scalars[place]
    switch scalar {
    case "\n": return take(.newline)
    case ",": return take(.comma)
    case "=": return take(.equals)
    case ";": return take(.semicolon)
    case "#":
      skip { $0 != "\n" }
      return .comment
    case "\"", "'": return string(quote: scalar)
    default: break
    }
    if Self.isBlank(scalar) {
      skip(while: Self.isBlank)
      return .blank
    }
    if let end = continuationEnd(at: place) {
      place = end
      return .continuation
    }
    word()
    return .word
  }

  private mutating func take(_ kind: Token.Kind) -> Token.Kind {
    place += 1
    return kind
  }

  private mutating func skip(while isInside: (Unicode.Scalar) -> Bool) {
    while place < scalars.count, isInside(scalars[place]) { place += 1 }
  }

  private mutating func word() {
    while place < scalars.count, Self.isWordPart(scalars[place]), continuationEnd(at: place) == nil {
      place += 1
    }
  }

  /// A string ends at its quote or, not closed, before the line break.
  private mutating func string(quote: Unicode.Scalar) -> Token.Kind {
    place += 1
    while place < scalars.count, scalars[place] != "\n" {
      let scalar = scalars[place]
      place += 1
      if scalar == quote { return .string(isClosed: true) }
      if scalar == "\\", place < scalars.count, scalars[place] != "\n" { place += 1 }
    }
    return .string(isClosed: false)
  }

  /// Where a continuation that begins at `start` ends: a backslash with nothing but blanks up to the line's end.
  private func continuationEnd(at start: Int) -> Int? {
    guard scalars[start] == "\\" else { return nil }
    var end = start + 1
    while end < scalars.count, Self.isBlank(scalars[end]) { end += 1 }
    if end == scalars.count { return end }
    return scalars[end] == "\n" ? end + 1 : nil
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\n" && isWhitespace(scalar)
  }

  /// Unicode's answer, which takes a table that nearly no character of a cell needs.
  private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || (0x09...0x0D).contains(scalar.value) : scalar.properties.isWhitespace
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", "=", ";", "#", "\"", "'": false
    default: !isWhitespace(scalar)
    }
  }
}
