package import CAMRuntime

/// THE list of commands: a command is its file and its line here.
package enum CommandCatalog {
  package static let all: [any Command] = [
    SetCommand(),
    SettingsCommand(),
    HelpCommand(),
    HistoryCommand(),
    SourceCommand(),
    PrintCommand(),
    PauseCommand(),
    ResetCommand(),
    VersionCommand(),
  ]
}

/// THE list of where completion finds names: a kind of names is its provider and its line here.
package enum NameCatalog {
  package static let all: [NameProvider] = [
    NameProvider(.verb) { session, _ in session.vocabulary.signatures.map { Candidate($0.verb, kind: .verb) }
    },
    NameProvider(.value) { session, _ in session.workspace.names() },
  ]
}

extension Session {
  /// A session with all commands of the language.
  ///
  /// - Parameter interruptFlag: the flag that ends a running cell.
  package convenience init(interruptFlag: InterruptFlag = InterruptFlag()) {
    self.init(
      commands: CommandCatalog.all, names: NameCatalog.all, settings: SettingCatalog.all,
      interruptFlag: interruptFlag)
  }
}
