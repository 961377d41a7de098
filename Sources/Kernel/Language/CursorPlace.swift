/// What stands at the cursor: the half-written word and its part in the statement.
struct CursorPlace {
  enum Part {
    case verb
    /// A positional value or the beginning of an option's key; `index` counts the positional values before it.
    case argument(index: Int)
    case value(key: String)
    case name
    /// Nothing can be completed here: a comment, behind `;`, or right behind a closed quote.
    case nothing
  }

  let part: Part
  /// The word's beginning up to the cursor, without quotes.
  let prefix: String
  /// What a completion replaces: from the word's start to the cursor.
  let replaced: SourceSpan
  /// The statement of the line, without the half-written word.
  let statement: Statement?

  init(in source: SourceText, cursor: Int) {
    let end = min(max(cursor, 0), source.scalars.count)
    let before = SourceText(source[SourceSpan(0, end)])
    let tokens = Lexer.tokens(of: before)
    let start = tokens.lastIndex { $0.kind == .newline }.map { $0 + 1 } ?? 0
    var line = tokens[start...]
    var written = SourceSpan(end, end)
    var isString = false
    if let last = line.last, last.kind == .word || last.kind == .string(isClosed: false) {
      written = last.span
      isString = last.kind != .word
      line.removeLast()
    }
    replaced = written
    prefix = isString ? StringLiteral.text(of: before[written], isClosed: false) : before[written]
    statement = Parser.statement(of: line, in: before)
    part = Self.part(behind: line, statement, before)
  }

  private static func part(
    behind line: ArraySlice<Token>, _ statement: Statement?, _ source: SourceText
  ) -> Part {
    if line.contains(where: { $0.kind == .semicolon || $0.kind == .comment }) { return .nothing }
    guard let previous = line.last(where: { !$0.isSpace }) else { return .verb }
    guard let statement else { return .nothing }
    let positionals = statement.arguments.count { $0.key == nil }
    switch previous.kind {
    case .comma:
      return statement.arguments.last?.key == nil
        ? .argument(index: max(0, positionals - 1)) : value(of: statement)
    case .equals: return value(of: statement)
    case .word, .string:
      if let last = line.last, !last.isSpace { return .nothing }
      if statement.name != nil { return .nothing }
      if previous.kind == .word, previous.span != line.first(where: { !$0.isSpace })?.span,
        source[previous.span].lowercased() == "as"
      {
        return .name
      }
      return .argument(index: positionals)
    default: return .nothing
    }
  }

  private static func value(of statement: Statement) -> Part {
    guard let key = statement.arguments.last?.key else { return .nothing }
    return .value(key: key.text)
  }
}
