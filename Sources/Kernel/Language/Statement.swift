/// A word or a string of a cell, with its place.
package struct Word: Sendable, Hashable {
  /// The text without quotes, escapes replaced.
  package let text: String
  package let span: SourceSpan
  package let isQuoted: Bool

  package init(_ text: String, _ span: SourceSpan, isQuoted: Bool = false) {
    self.text = text
    self.span = span
    self.isQuoted = isQuoted
  }
}

/// One argument: a value or `key=value`, the value being one word or several by comma.
package struct Argument: Sendable, Hashable {
  package let key: Word?
  package let values: [Word]
  package let span: SourceSpan

  package init(key: Word?, values: [Word], span: SourceSpan) {
    self.key = key
    self.values = values
    self.span = span
  }

  /// The place of its values; of the whole where it has none.
  package var valueSpan: SourceSpan {
    guard let first = values.first, let last = values.last else { return span }
    return first.span.joined(with: last.span)
  }
}

/// One command as written, before anything is known of its verb.
package struct Statement: Sendable, Hashable {
  /// What a question mark behind the verb asks for.
  package enum Question: Sendable, Hashable {
    case help, details
  }

  package let verb: Word
  package let question: Question?
  package let arguments: [Argument]
  /// The name behind `as`.
  package let name: Word?
  /// Whether a `;` at the end asks for no output.
  package let isQuiet: Bool
  package let span: SourceSpan

  package init(
    verb: Word, question: Question?, arguments: [Argument], name: Word?, isQuiet: Bool, span: SourceSpan
  ) {
    self.verb = verb
    self.question = question
    self.arguments = arguments
    self.name = name
    self.isQuiet = isQuiet
    self.span = span
  }
}
