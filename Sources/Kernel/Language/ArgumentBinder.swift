/// A statement whose arguments fit the signature of its verb.
package struct Call: Sendable {
  package let statement: Statement
  package let signature: CommandSignature
  private let words: [String: [Word]]
  private let spans: [String: SourceSpan]

  fileprivate init(
    _ statement: Statement, _ signature: CommandSignature, words: [String: [Word]],
    spans: [String: SourceSpan]
  ) {
    self.statement = statement
    self.signature = signature
    self.words = words
    self.spans = spans
  }

  /// The value of a parameter of this command's signature.
  package subscript<Result>(parameter: Parameter<Result>) -> Result {
    get throws(Diagnostic) { try parameter.read(words[parameter.info.name]) }
  }

  /// Whether a person wrote this parameter.
  package func isGiven(_ parameter: any ParameterDeclaration) -> Bool { words[parameter.info.name] != nil }

  /// Where a parameter's value stands; the verb where it was not written.
  package func span(of parameter: any ParameterDeclaration) -> SourceSpan {
    spans[parameter.info.name] ?? statement.verb.span
  }

  /// The words written for a parameter; empty where there are none.
  package func words(of parameter: any ParameterDeclaration) -> [Word] { words[parameter.info.name] ?? [] }
}

/// Fits the arguments of a statement to a signature and checks each value.
package enum ArgumentBinder {
  /// The name of the last result, which no other value can have.
  package static let lastName = "last"

  /// The call a statement makes, or its first mistake from left to right.
  package static func bind(_ statement: Statement, to signature: CommandSignature) throws(Diagnostic) -> Call
  {
    var words: [String: [Word]] = [:]
    var spans: [String: SourceSpan] = [:]
    var positionals = signature.positionals[...]
    var firstOption: Word?
    for argument in statement.arguments {
      let parameter: ParameterInfo
      if let key = argument.key {
        parameter = try option(key, of: signature)
        if words[parameter.name] != nil {
          throw Diagnostic("repeated-option", "'\(parameter.name)' is given twice", at: key.span)
        }
        firstOption = firstOption ?? key
      } else {
        if let firstOption { throw misplaced(argument, behind: firstOption) }
        guard let next = positionals.first else { throw unexpected(argument, signature) }
        parameter = next
      }
      if parameter.arity == .one {
        if argument.values.count > 1 { throw oneValue(argument, parameter) }
        if argument.key == nil { positionals.removeFirst() }
      }
      try parameter.check(argument.values)
      words[parameter.name, default: []] += argument.values
      spans[parameter.name] = spans[parameter.name]?.joined(with: argument.valueSpan) ?? argument.valueSpan
    }
    for parameter in signature.positionals {
      try expectEnough(of: parameter, in: words, statement, signature)
    }
    if let name = statement.name { try check(name: name, signature) }
    return Call(statement, signature, words: words, spans: spans)
  }

  private static func option(_ key: Word, of signature: CommandSignature) throws(Diagnostic) -> ParameterInfo
  {
    if let parameter = signature.parameter(named: key.text) { return parameter }
    let known = signature.parameters.map(\.name)
    guard signature.verb != "let" else {
      throw Diagnostic(
        "bad-form", "let takes a name and its value", at: key.span,
        hints: ["write `let \(key.text) VALUE`, or `\(key.text)=VALUE` alone"])
    }
    guard !known.isEmpty else {
      throw Diagnostic(
        "unknown-option", "\(signature.verb) takes no options, found '\(key.text)='", at: key.span)
    }
    var hints = ["`\(signature.verb)?` lists all"]
    if let near = Suggestion.nearest(to: key.text, among: known) {
      hints.insert("did you mean '\(near)'?", at: 0)
    }
    throw Diagnostic(
      "unknown-option", "there is no option named '\(key.text)' for \(signature.verb)", at: key.span,
      hints: hints)
  }

  private static func misplaced(_ argument: Argument, behind key: Word) -> Diagnostic {
    Diagnostic(
      "misplaced-value", "values come before options, but this stands behind '\(key.text)='",
      at: argument.span,
      hints: ["a list is written with commas: \(key.text)=A,B"])
  }

  private static func unexpected(_ argument: Argument, _ signature: CommandSignature) -> Diagnostic {
    let text = argument.values.first?.text ?? ""
    let count = signature.positionals.count
    let takes =
      switch count {
      case 0: "no value of its own"
      case 1: "one value, \(signature.positionals[0].name.uppercased())"
      default: "\(count) values"
      }
    var hints = ["`\(signature.verb)?` shows how it is used"]
    if let near = Suggestion.nearest(to: text, among: signature.options.map(\.name)) {
      hints.insert("did you mean '\(near)='?", at: 0)
    }
    return Diagnostic(
      "unexpected-value", "\(signature.verb) takes \(takes), found '\(text)'", at: argument.span, hints: hints
    )
  }

  private static func oneValue(_ argument: Argument, _ parameter: ParameterInfo) -> Diagnostic {
    Diagnostic(
      "too-many-values", "'\(parameter.name)' takes one value, found \(argument.values.count)",
      at: argument.valueSpan, hints: ["expected \(parameter.noun)"])
  }

  private static func expectEnough(
    of parameter: ParameterInfo, in words: [String: [Word]], _ statement: Statement,
    _ signature: CommandSignature
  ) throws(Diagnostic) {
    let found = words[parameter.name]?.count ?? 0
    let minimum =
      switch parameter.arity {
      case .one: parameter.isRequired ? 1 : 0
      case .several(let count): count
      }
    guard found < minimum else { return }
    let noun = parameter.choices.count > 12 ? "one of \(parameter.choices.count) names" : parameter.noun
    let message =
      minimum == 1
      ? "\(signature.verb) needs \(parameter.name.uppercased()), \(noun)"
      : "\(signature.verb) needs at least \(minimum) values for \(parameter.name.uppercased()), found \(found)"
    var hints = signature.examples.first.map { ["for example `\($0)`"] } ?? []
    if parameter.choices.count > 12 { hints.append("`\(signature.verb)?` lists them") }
    throw Diagnostic("missing-value", message, at: statement.verb.span, hints: hints)
  }

  private static func check(name: Word, _ signature: CommandSignature) throws(Diagnostic) {
    guard signature.givesValue else {
      throw Diagnostic(
        "nothing-to-keep", "\(signature.verb) gives no value to keep as '\(name.text)'", at: name.span)
    }
    if name.isQuoted { throw badName(name) }
    try check(newName: name)
  }

  /// Refuses what cannot name a kept value.
  package static func check(newName name: Word) throws(Diagnostic) {
    if name.text == lastName {
      throw Diagnostic(
        "bad-name", "'\(name.text)' always names the last result", at: name.span,
        hints: ["keep it under another name"])
    }
    guard isName(name.text) else { throw badName(name) }
  }

  private static func badName(_ name: Word) -> Diagnostic {
    Diagnostic(
      "bad-name", "'\(name.text)' cannot be a name", at: name.span,
      hints: ["a name starts with a letter and goes on with letters, digits, '-' and '_'"])
  }

  /// Whether a text can name a kept value.
  package static func isName(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else {
      return false
    }
    return text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-" || $0 == "_"
    }
  }
}
