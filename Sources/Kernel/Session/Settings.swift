package import CAMRuntime

/// One setting of a session, declared once: `set`, `settings`, completion, help and every reader use the declaration.
package struct Setting<Kind: CellValue>: SettingDeclaration {
  package let name: String
  package let kind: Kind
  package let standard: Kind.Value
  package let help: String

  /// - Parameters:
  ///   - name: the key of `set`.
  ///   - kind: what it can be.
  ///   - standard: its value until it is set.
  ///   - help: one line, lower case.
  package init(_ name: String, _ kind: Kind, standard: Kind.Value, _ help: String) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.help = help
  }

  package var standardText: String { kind.text(of: standard) }

  package var parameter: ParameterInfo {
    Parameter<Kind.Value?>.option(name, kind, absent: standardText, help).info
  }

  package func stored(_ word: Word) throws(Diagnostic) -> StoredSetting {
    let value = try kind.read(word)
    return StoredSetting(value: value, text: kind.text(of: value))
  }
}

/// A setting whose type is not asked for.
package protocol SettingDeclaration: Sendable {
  var name: String { get }
  var help: String { get }
  var standardText: String { get }
  /// The setting as an option of `set`.
  var parameter: ParameterInfo { get }
  /// The value that a word stands for.
  func stored(_ word: Word) throws(Diagnostic) -> StoredSetting
}

/// A setting's value with the text it was read from.
package struct StoredSetting: Sendable {
  let value: any Sendable
  package let text: String
}

/// The settings that a person changed; all others have their standard value.
package struct Settings: Sendable {
  private var changed: [String: StoredSetting] = [:]
  /// The flag of the session that they are read from; whoever draws many pictures looks at it.
  package var interrupt: InterruptFlag?

  package init() {}

  /// The value of a setting.
  package subscript<Kind: CellValue>(setting: Setting<Kind>) -> Kind.Value {
    changed[setting.name]?.value as? Kind.Value ?? setting.standard
  }

  /// The value of a setting as it would be written.
  package func text(of setting: any SettingDeclaration) -> String {
    changed[setting.name]?.text ?? setting.standardText
  }

  /// Whether a person changed it.
  package func isChanged(_ setting: any SettingDeclaration) -> Bool { changed[setting.name] != nil }

  /// Changes a setting to what a word says.
  package mutating func set(_ setting: any SettingDeclaration, to word: Word) throws(Diagnostic) {
    changed[setting.name] = try setting.stored(word)
  }
}
