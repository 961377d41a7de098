import Kernel
import Testing

@Suite("Lexer") struct LexerTests {
  @Test("its tokens joined are the text, for any text")
  func lossless() {
    var generator = CellGenerator(seed: 20_26)
    for _ in 0..<2000 {
      let source = SourceText(generator.text())
      let joined = Lexer.tokens(of: source).map { source[$0.span] }.joined()
      #expect(Array(joined.unicodeScalars) == source.scalars, "seed 2026: \(source.scalars)")
    }
  }

  @Test(
    "cuts a line where the language says",
    arguments: [
      ("image cat.jpg", [Token.Kind.word, .blank, .word]),
      ("a=b,c;#d", [.word, .equals, .word, .comma, .word, .semicolon, .comment]),
      ("say 'a b' \"c\\\"d\"", [.word, .blank, .string(isClosed: true), .blank, .string(isClosed: true)]),
      ("say \"open\nnext", [.word, .blank, .string(isClosed: false), .newline, .word]),
      ("a \\\nb", [.word, .blank, .continuation, .word]),
      ("a \\  ", [.word, .blank, .continuation]),
      ("a\\b", [.word]),
      ("a\u{A0}b", [.word, .blank, .word]),
      ("# only \\\nx", [.comment, .newline, .word]),
      ("", []),
    ])
  func kinds(text: String, expected: [Token.Kind]) {
    #expect(Lexer.tokens(of: SourceText(text)).map(\.kind) == expected)
  }
}
