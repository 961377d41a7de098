/// One parameter of a command: declared once, read by binding, help, completion, inspection and the reference page.
///
/// `Result` is what the command gets: `Double`, `Double?`, `[Word]` and so on.
package struct Parameter<Result: Sendable>: Sendable, ParameterDeclaration {
  package let info: ParameterInfo
  let read: @Sendable ([Word]?) throws(Diagnostic) -> Result
}

/// A parameter whose result type is not asked for.
package protocol ParameterDeclaration: Sendable {
  var info: ParameterInfo { get }
}

/// What is known of a parameter without its result type.
package struct ParameterInfo: Sendable, ParameterDeclaration {
  /// How it is given.
  package enum Role: Sendable { case positional, option }
  /// How many values it takes.
  package enum Arity: Sendable, Equatable {
    case one
    /// Several by comma; a positional one also takes several arguments.
    case several(atLeast: Int)
  }

  package let name: String
  package let role: Role
  package let arity: Arity
  package let isRequired: Bool
  package let noun: String
  package let placeholder: String
  package let choices: [String]
  package private(set) var defaultText: String?
  package let help: String
  let check: @Sendable ([Word]) throws(Diagnostic) -> Void
  let candidates: @Sendable (CompletionScope) -> [Candidate]

  package var info: ParameterInfo { self }

  /// The same with another default.
  package func defaulting(to text: String) -> ParameterInfo {
    var copy = self
    copy.defaultText = text
    return copy
  }

  init<Kind: CellValue>(
    _ name: String, _ kind: Kind, _ role: Role, _ arity: Arity = .one, isRequired: Bool = false,
    defaultText: String? = nil, help: String
  ) {
    self.name = name
    self.role = role
    self.arity = arity
    self.isRequired = isRequired
    self.defaultText = defaultText
    self.help = help
    noun = kind.noun
    placeholder = kind.placeholder
    choices = kind.choices
    check = { (words: [Word]) throws(Diagnostic) in for word in words { _ = try kind.read(word) } }
    candidates = { kind.candidates(in: $0) }
  }
}

extension Parameter {
  /// A value that must be given, in its place.
  package static func required<Kind: CellValue>(_ name: String, _ kind: Kind, _ help: String) -> Self
  where Result == Kind.Value {
    let info = ParameterInfo(name, kind, .positional, isRequired: true, help: help)
    return Self(info: info) { words throws(Diagnostic) in
      guard let word = words?.first else { throw Diagnostic("missing-value", "\(name) is missing") }
      return try kind.read(word)
    }
  }

  /// A value that may be given, in its place.
  package static func optional<Kind: CellValue>(_ name: String, _ kind: Kind, _ help: String) -> Self
  where Result == Kind.Value? {
    Self(info: ParameterInfo(name, kind, .positional, help: help), read: Self.maybe(kind))
  }

  /// A value that may be given, in its place; else its default.
  package static func optional<Kind: CellValue>(
    _ name: String, _ kind: Kind, default value: Kind.Value, _ help: String
  ) -> Self where Result == Kind.Value {
    let info = ParameterInfo(name, kind, .positional, defaultText: kind.text(of: value), help: help)
    return Self(info: info, read: Self.either(kind, value))
  }

  /// Several values in their places, the last positional parameter of a command.
  package static func several<Kind: CellValue>(
    _ name: String, _ kind: Kind, atLeast minimum: Int = 0, _ help: String
  ) -> Self where Result == [Kind.Value] {
    let arity = ParameterInfo.Arity.several(atLeast: minimum)
    return Self(
      info: ParameterInfo(name, kind, .positional, arity, isRequired: minimum > 0, help: help),
      read: Self.all(kind))
  }

  /// `name=value`, nil where it is not given.
  ///
  /// - Parameters:
  ///   - name: the key.
  ///   - kind: what can stand behind `=`.
  ///   - absent: what happens without it, for the help: `from the session's settings`.
  ///   - help: one line.
  /// - Returns: the parameter.
  package static func option<Kind: CellValue>(
    _ name: String, _ kind: Kind, absent: String? = nil, _ help: String
  ) -> Self where Result == Kind.Value? {
    Self(info: ParameterInfo(name, kind, .option, defaultText: absent, help: help), read: Self.maybe(kind))
  }

  /// `name=value` with a default.
  package static func option<Kind: CellValue>(
    _ name: String, _ kind: Kind, default value: Kind.Value, _ help: String
  ) -> Self where Result == Kind.Value {
    let info = ParameterInfo(name, kind, .option, defaultText: kind.text(of: value), help: help)
    return Self(info: info, read: Self.either(kind, value))
  }

  /// `name=value,value`, empty where it is not given.
  package static func list<Kind: CellValue>(
    _ name: String, _ kind: Kind, absent: String? = nil, _ help: String
  ) -> Self where Result == [Kind.Value] {
    let info = ParameterInfo(
      name, kind, .option, .several(atLeast: 0), defaultText: absent, help: help)
    return Self(info: info, read: Self.all(kind))
  }

  private static func maybe<Kind: CellValue>(
    _ kind: Kind
  ) -> @Sendable ([Word]?) throws(Diagnostic) -> Kind.Value? {
    { words throws(Diagnostic) in
      guard let word = words?.first else { return nil }
      return try kind.read(word)
    }
  }

  private static func either<Kind: CellValue>(
    _ kind: Kind, _ value: Kind.Value
  ) -> @Sendable ([Word]?) throws(Diagnostic) -> Kind.Value {
    { words throws(Diagnostic) in
      guard let word = words?.first else { return value }
      return try kind.read(word)
    }
  }

  private static func all<Kind: CellValue>(
    _ kind: Kind
  ) -> @Sendable ([Word]?) throws(Diagnostic) -> [Kind.Value] {
    { words throws(Diagnostic) in
      var values: [Kind.Value] = []
      for word in words ?? [] { values.append(try kind.read(word)) }
      return values
    }
  }
}
