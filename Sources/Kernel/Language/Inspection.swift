/// Answers an inspect_request: the help of what stands at the cursor.
package struct Inspector {
  private let vocabulary: Vocabulary
  /// Tells of a name of the session; nil where it names nothing.
  private let describeName: (String) -> String?

  package init(_ vocabulary: Vocabulary, describeName: @escaping (String) -> String?) {
    self.vocabulary = vocabulary
    self.describeName = describeName
  }

  /// The help of the verb, option or name at the cursor; the verb's, where the cursor stands on nothing else.
  package func inspect(_ text: String, cursor: Int, detailed: Bool) -> String? {
    let source = SourceText(text)
    var place = min(max(cursor, 0), source.scalars.count)
    // Behind a comma the list that goes on there is meant.
    if place > 0, source.scalars[place - 1] == "," { place -= 1 }
    guard let statement = statement(at: place, in: source) else { return nil }
    guard let signature = vocabulary[statement.verb.text] else { return describeName(statement.verb.text) }
    let page = { HelpText.page(of: signature, detailed: detailed || statement.question == .details) }
    if Self.touches(statement.verb.span, place) { return page() }
    for argument in statement.arguments where Self.touches(argument.span, place) {
      if let key = argument.key {
        let word = argument.values.first { Self.touches($0.span, place) }
        if let word, let told = describeName(word.text) { return told }
        guard let parameter = signature.parameter(named: key.text) else { break }
        return HelpText.page(of: parameter, in: signature)
      }
      guard let word = argument.values.first(where: { Self.touches($0.span, place) }) else { break }
      if let parameter = signature.parameter(named: word.text), parameter.role == .option {
        return HelpText.page(of: parameter, in: signature)
      }
      if let told = describeName(word.text) { return told }
      if let named = vocabulary[word.text] { return HelpText.page(of: named, detailed: detailed) }
    }
    return page()
  }

  private func statement(at place: Int, in source: SourceText) -> Statement? {
    for line in Parser.lines(of: Lexer.tokens(of: source)) {
      guard let first = line.first, let last = line.last else { continue }
      guard first.span.start <= place, place <= last.span.end else { continue }
      return Parser.statement(of: line, in: source)
    }
    return nil
  }

  /// Whether the cursor is in a span or right behind it.
  private static func touches(_ span: SourceSpan, _ place: Int) -> Bool {
    span.start <= place && place <= span.end
  }
}
