/// The values of a session: what is current, what came last, what is kept under a name.
///
/// It is a value, so that a command that fails leaves it as it was.
package struct Workspace {
  /// Kept values in the order of their names' first use.
  package private(set) var kept: [(name: String, value: any SessionValue)] = []
  /// What the last command gave, whether or not it was kept.
  package private(set) var last: (any SessionValue)?
  private var currentValues: [ObjectIdentifier: any SessionValue] = [:]

  package init() {}

  /// Keeps a value under a name; a second value of a name replaces the first.
  package mutating func keep(_ value: any SessionValue, as name: String) {
    if let place = kept.firstIndex(where: { $0.name == name }) {
      kept[place].value = value
    } else {
      kept.append((name, value))
    }
  }

  /// Remembers the value that a command gave.
  package mutating func setLast(_ value: any SessionValue) { last = value }

  /// Makes a value the current one of its type.
  package mutating func setCurrent<Value: CurrentValue>(_ value: Value) {
    currentValues[ObjectIdentifier(Value.self)] = value
  }

  /// The current value of a type, nil where there is none.
  package func currentIfAny<Value: CurrentValue>(_ type: Value.Type = Value.self) -> Value? {
    currentValues[ObjectIdentifier(type)] as? Value
  }

  /// The current value of a type, or the mistake that says how to get one.
  package func current<Value: CurrentValue>(_ type: Value.Type = Value.self) throws(Diagnostic) -> Value {
    if let value = currentIfAny(type) { return value }
    throw Diagnostic("missing-\(Value.noun)", "no \(Value.noun) yet: \(Value.wayToGet)")
  }

  /// A kept value of any kind; `last` names the last one.
  package func value(named name: String) -> (any SessionValue)? {
    if let found = kept.first(where: { $0.name == name }) { return found.value }
    return name == ArgumentBinder.lastName ? last : nil
  }

  /// A kept value of a kind, nil where the name is not kept or keeps something else.
  package func value<Value: SessionValue>(named name: String, as type: Value.Type) -> Value? {
    value(named: name) as? Value
  }

  /// A kept value of any kind, or the mistake that names the nearest name.
  package func anyValue(of word: Word) throws(Diagnostic) -> any SessionValue {
    if let value = value(named: word.text) { return value }
    var known = kept.map(\.name)
    if last != nil { known.append(ArgumentBinder.lastName) }
    guard !known.isEmpty else {
      throw Diagnostic(
        "unknown-name", "nothing is kept under the name '\(word.text)'", at: word.span,
        hints: [
          "end a command with `as \(ArgumentBinder.isName(word.text) ? word.text : "NAME")` to keep its result"
        ])
    }
    throw .unknown("name", word, known: known, said: "nothing is kept under the name '\(word.text)'")
  }

  /// A kept value of a kind, or the mistake that says what the name keeps or which names would do.
  package func value<Value: SessionValue>(of word: Word, as type: Value.Type) throws(Diagnostic) -> Value {
    if let value = value(named: word.text, as: type) { return value }
    if let other = value(named: word.text) {
      throw .wrongKind(word, other, Value.noun)
    }
    let known = kept.filter { $0.value is Value }.map(\.name)
    throw .unknown(Value.noun, word, known: known)
  }

  /// Names of the kept values that satisfy a condition, for completion.
  package func names(where isWanted: (any SessionValue) -> Bool = { _ in true }) -> [Candidate] {
    kept.filter { isWanted($0.value) }.map { Candidate($0.name, kind: .value) }
  }
}

extension Diagnostic {
  /// A name that keeps something else than what is asked for.
  package static func wrongKind(
    _ word: Word, _ found: any SessionValue, _ expected: String, hints: [String] = []
  ) -> Diagnostic {
    Diagnostic(
      "wrong-kind", "'\(word.text)' is kept as \(type(of: found).noun), expected \(expected)", at: word.span,
      hints: hints)
  }
}
