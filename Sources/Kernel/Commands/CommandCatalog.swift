package import CAMRuntime
internal import ModelIO

/// THE list of commands: a command is its file and its line here.
package enum CommandCatalog {
  package static let all: [any Command] =
    [
      ModelCommand(),
      ModelsCommand(),
      LayersCommand(),
      ImageCommand(),
      DatasetCommand(),
      BatchCommand(),
      ClassifyCommand(),
      CompareCommand(),
      SweepCommand(),
      AblateCommand(),
      DiffCommand(),
      EvaluateCommand(),
      BenchmarkCommand(),
      RandomizeCommand(),
      AttackCommand(),
      ShowCommand(),
      FigureCommand(),
      SaveCommand(),
      LetCommand(),
      TrainCommand(),
      SetCommand(),
      SettingsCommand(),
      HelpCommand(),
      HistoryCommand(),
      SourceCommand(),
      PrintCommand(),
      PauseCommand(),
      ClearCommand(),
      ResetCommand(),
      VersionCommand(),
    ] + CAMCatalog.all.map { MethodCommand($0) }
}

/// THE list of where completion finds names: a kind of names is its provider and its line here.
package enum NameCatalog {
  package static let all: [NameProvider] = [
    NameProvider(.verb) { session, _ in session.vocabulary.signatures.map { Candidate($0.verb, kind: .verb) }
    },
    NameProvider(.value) { session, _ in session.workspace.names() },
    NameProvider(.model) { session, _ in
      ArchitectureCatalog.all.map { Candidate($0.name, kind: .name) }
        + session.workspace.names { $0 is LoadedModel }
    },
    NameProvider(.image) { session, _ in session.workspace.names { $0 is LoadedImages } },
    NameProvider(.dataset) { session, _ in session.workspace.names { $0 is LoadedDataset } },
    NameProvider(.explanation) { session, _ in session.workspace.names { $0 is ExplanationResult } },
    NameProvider(.layer) { session, _ in
      guard let model = session.workspace.currentIfAny(LoadedModel.self)?.model else { return [] }
      return LayerReference.candidates(of: model).map { Candidate($0.name, kind: .name) }
    },
    NameProvider(.classLabel) { session, _ in
      let model = session.workspace.currentIfAny(LoadedModel.self)?.model
      let ranks = (1...max(1, min(5, model?.classCount ?? 5))).map { "top\($0)" } + ["true"]
      return ranks.map { Candidate($0, kind: .keyword) }
        + (model?.classes ?? []).map { Candidate($0, kind: .choice) }
    },
    NameProvider(.datasetClass) { session, statement in
      let words = statement?.arguments.filter { $0.key == nil }.flatMap(\.values) ?? []
      let named = words.lazy.compactMap { session.workspace.value(named: $0.text, as: LoadedDataset.self) }
      let dataset = named.first ?? session.workspace.currentIfAny(LoadedDataset.self)
      return (dataset?.images.classes.names ?? []).map { Candidate($0, kind: .choice) }
    },
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
