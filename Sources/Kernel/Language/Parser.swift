/// A text as commands, with the mistakes of form that were met.
package struct ParsedCell: Sendable {
  package var statements: [Statement] = []
  package var mistakes: [Diagnostic] = []
}

/// Turns tokens into statements; every line is read on its own, so one mistake hides no other line.
package struct Parser {
  private let source: SourceText
  private var tokens: ArraySlice<Token>
  private var mistakes: [Diagnostic] = []

  private init(_ source: SourceText, _ tokens: ArraySlice<Token>) {
    self.source = source
    self.tokens = tokens
  }

  /// Reads a whole cell or script.
  package static func parse(_ source: SourceText) -> ParsedCell {
    var cell = ParsedCell()
    if let bytes = source.excessiveBytes { cell.mistakes.append(tooLong(bytes)) }
    for line in lines(of: Lexer.tokens(of: source)) {
      var parser = Parser(source, line)
      if let statement = parser.statement() { cell.statements.append(statement) }
      cell.mistakes += parser.mistakes
    }
    return cell
  }

  /// The statement of one logical line, as far as it can be read; nil for an empty line.
  package static func statement(of line: ArraySlice<Token>, in source: SourceText) -> Statement? {
    var parser = Parser(source, line)
    return parser.statement()
  }

  /// Tokens by logical line: a continued line goes on, a line break ends.
  package static func lines(of tokens: [Token]) -> [ArraySlice<Token>] {
    tokens.split(separator: Token.Kind.newline, omittingEmptySubsequences: true)
  }

  private mutating func statement() -> Statement? {
    skipSpace()
    guard let first = tokens.first, first.kind != .comment else { return nil }
    guard let head = value() else {
      fail(first.span, "a line starts with a verb", hints: ["`help` lists them"])
      return nil
    }
    if tokens.first?.kind == .equals, !head.isQuoted { return assignment(to: head) }
    let (verb, question) = Self.question(in: head)
    var arguments: [Argument] = []
    var name: Word?
    var isQuiet = false
    var end = head.span
    loop: while true {
      let hadSpace = skipSpace()
      guard let token = tokens.first else { break }
      switch token.kind {
      case .comment: break loop
      case .semicolon:
        isQuiet = true
        end = end.joined(with: token.span)
        tokens.removeFirst()
        expectEnd()
        break loop
      default:
        if !hadSpace, token.kind != .equals, token.kind != .comma {
          fail(token.span, "expected a blank before this")
          break loop
        }
        if isAs(token) {
          if let name {
            fail(token.span, "'as \(name.text)' ends a command", hints: ["a value is kept under one name"])
            break loop
          }
          name = nameBehindAs()
          end = end.joined(with: name?.span ?? token.span)
          continue
        }
        guard let argument = argument() else { break loop }
        if let name {
          fail(argument.span, "'as \(name.text)' ends a command", hints: ["put this before 'as'"])
          break loop
        }
        arguments.append(argument)
        end = end.joined(with: argument.span)
      }
    }
    return Statement(
      verb: verb, question: question, arguments: arguments, name: name, isQuiet: isQuiet,
      span: head.span.joined(with: end))
  }

  /// `NAME=VALUE` alone on a line, which means `let NAME VALUE`.
  private mutating func assignment(to name: Word) -> Statement? {
    let equals = takePunctuation()
    skipSpace()
    guard !isAtEnd, let value = value() else {
      fail(
        SourceSpan(equals.end, equals.end), "expected a value behind '\(name.text)='", code: "missing-value")
      return nil
    }
    let values = list(startingWith: value)
    var isQuiet = false
    skipSpace()
    if tokens.first?.kind == .semicolon {
      isQuiet = true
      tokens.removeFirst()
    }
    skipSpace()
    if let token = tokens.first, token.kind != .comment {
      fail(
        token.span, "expected nothing behind '\(name.text)=' and its value",
        hints: ["a line starts with a verb"])
    }
    let valueSpan = span(of: values, from: value.span)
    return Statement(
      verb: Word("let", name.span), question: nil,
      arguments: [
        Argument(key: nil, values: [name], span: name.span),
        Argument(key: nil, values: values, span: valueSpan),
      ], name: nil, isQuiet: isQuiet, span: name.span.joined(with: valueSpan))
  }

  /// `verb?`, `verb??` and `?verb`, the ways notebooks ask for help.
  private static func question(in head: Word) -> (Word, Statement.Question?) {
    let mark = UInt8(ascii: "?")
    guard !head.isQuoted, head.text.utf8.first == mark || head.text.utf8.last == mark else {
      return (head, nil)
    }
    var scalars = Array(head.text.unicodeScalars)[...]
    var marks = 0
    var start = head.span.start
    while scalars.last == "?" {
      scalars.removeLast()
      marks += 1
    }
    while scalars.first == "?" {
      scalars.removeFirst()
      marks += 1
      start += 1
    }
    guard marks > 0 else { return (head, nil) }
    let verb = scalars.isEmpty ? "help" : String(String.UnicodeScalarView(scalars))
    let span = scalars.isEmpty ? head.span : SourceSpan(start, start + scalars.count)
    return (Word(verb, span), marks == 1 ? .help : .details)
  }

  private mutating func argument() -> Argument? {
    guard let first = tokens.first else { return nil }
    guard let word = value() else {
      let found = source[first.span]
      fail(first.span, "expected a value before '\(found)'")
      return nil
    }
    guard next(after: .equals) else {
      let values = list(startingWith: word)
      return Argument(key: nil, values: values, span: span(of: values, from: word.span))
    }
    let equals = takePunctuation()
    skipSpace()
    guard !isAtEnd, let value = value() else {
      let span = word.span.joined(with: equals)
      fail(SourceSpan(span.end, span.end), "expected a value behind '\(word.text)='", code: "missing-value")
      return Argument(key: word, values: [], span: span)
    }
    let values = list(startingWith: value)
    return Argument(key: word, values: values, span: span(of: values, from: word.span))
  }

  /// The rest of a list; blanks around its commas are allowed, because nothing else can be meant.
  private mutating func list(startingWith first: Word) -> [Word] {
    var values = [first]
    while next(after: .comma) {
      let comma = takePunctuation()
      skipSpace()
      guard !isAtEnd, let value = value() else {
        fail(comma, "expected a value behind ','", code: "missing-value")
        return values
      }
      values.append(value)
    }
    return values
  }

  private mutating func value() -> Word? {
    guard let token = tokens.first else { return nil }
    switch token.kind {
    case .word:
      tokens.removeFirst()
      return Word(source[token.span], token.span)
    case .string(let isClosed):
      tokens.removeFirst()
      if !isClosed {
        let quote = SourceSpan(token.span.start, token.span.start + 1)
        fail(quote, "this quote is not closed", code: "open-quote")
      }
      return Word(StringLiteral.text(of: source[token.span], isClosed: isClosed), token.span, isQuoted: true)
    default: return nil
    }
  }

  private func isAs(_ token: Token) -> Bool {
    token.kind == .word && source[token.span].lowercased() == "as"
  }

  private mutating func nameBehindAs() -> Word? {
    guard let token = tokens.popFirst() else { return nil }
    skipSpace()
    guard !isAtEnd, let name = value() else {
      fail(
        token.span, "expected a name behind 'as'", code: "missing-value", hints: ["for example `as first`"])
      return nil
    }
    return name
  }

  private mutating func expectEnd() {
    skipSpace()
    guard let token = tokens.first, token.kind != .comment else { return }
    fail(token.span, "expected nothing behind ';'", hints: ["one command a line: put this on the next line"])
  }

  /// Whether the next thing but blanks is the given punctuation.
  private func next(after kind: Token.Kind) -> Bool {
    tokens.first { !$0.isSpace }?.kind == kind
  }

  private mutating func takePunctuation() -> SourceSpan {
    skipSpace()
    return tokens.popFirst()?.span ?? SourceSpan(0, 0)
  }

  private var isAtEnd: Bool {
    guard let token = tokens.first else { return true }
    return token.kind == .comment || token.kind == .semicolon
  }

  @discardableResult
  private mutating func skipSpace() -> Bool {
    let before = tokens.startIndex
    while let token = tokens.first, token.isSpace { tokens.removeFirst() }
    return tokens.startIndex != before
  }

  private func span(of values: [Word], from start: SourceSpan) -> SourceSpan {
    values.last.map { start.joined(with: $0.span) } ?? start
  }

  private static func tooLong(_ bytes: Int) -> Diagnostic {
    let megabyte = 1 << 20
    return Diagnostic(
      "cell-too-long",
      "this has \((bytes + megabyte - 1) / megabyte) MB of text, at most \(SourceText.longest / megabyte) MB are read",
      hints: ["keep data in files and name them by their paths"])
  }

  private mutating func fail(
    _ span: SourceSpan, _ message: String, code: String = "bad-form", hints: [String] = []
  ) {
    mistakes.append(Diagnostic(code, message, at: span, hints: hints))
  }
}

extension [Token] {
  fileprivate func split(separator: Token.Kind, omittingEmptySubsequences: Bool) -> [ArraySlice<Token>] {
    split(omittingEmptySubsequences: omittingEmptySubsequences) { $0.kind == separator }
  }
}
