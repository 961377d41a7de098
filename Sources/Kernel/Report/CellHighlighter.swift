/// The command language with its parts marked for a page: verbs, keys, strings, numbers, comments.
package enum CellHighlighter {
  /// The source as HTML; nothing of it is lost.
  package static func html(_ text: String) -> String {
    let source = SourceText(text)
    guard source.excessiveBytes == nil else { return HTMLText.escape(text) }
    let tokens = Lexer.tokens(of: source)
    var out = ""
    var isFirstWord = true
    for (place, token) in tokens.enumerated() {
      let piece = HTMLText.escape(source[token.span])
      switch token.kind {
      case .comment: out += "<span class=\"note\">\(piece)</span>"
      case .string: out += "<span class=\"text\">\(piece)</span>"
      case .word where isFirstWord: out += "<span class=\"verb\">\(piece)</span>"
      case .word where place + 1 < tokens.count && tokens[place + 1].kind == .equals:
        out += "<span class=\"key\">\(piece)</span>"
      case .word where isNumber(source[token.span]): out += "<span class=\"number\">\(piece)</span>"
      default: out += piece
      }
      switch token.kind {
      case .newline: isFirstWord = true
      case .blank, .continuation, .comment: break
      default: isFirstWord = false
      }
    }
    return out
  }

  /// Whether a word is what commands take for a number.
  private static func isNumber(_ word: some StringProtocol) -> Bool {
    guard let value = Double(word), value.isFinite else { return false }
    return word.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
