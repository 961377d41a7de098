package import CAMRuntime

extension CommandContext {
  /// The model that a command works with.
  package func model() throws(Diagnostic) -> LoadedModel { try session.workspace.current(LoadedModel.self) }

  /// The pictures that words name: kept values, or files; without words the current ones.
  package func images(of words: [Word]) throws -> LoadedImages {
    guard !words.isEmpty else { return try session.workspace.current(LoadedImages.self) }
    var found: [LoadedImage] = []
    for word in words {
      if let kept = session.workspace.value(named: word.text, as: LoadedImages.self) {
        found += kept.images
      } else if session.workspace.value(named: word.text) != nil {
        found += try session.workspace.value(of: word, as: LoadedImages.self).images
      } else {
        found += try ImageFiles.images(of: word, context: self)
      }
    }
    return LoadedImages(found)
  }

  /// How networks run, as the settings say.
  package var executionOptions: ExecutionOptions {
    let settings = session.settings
    return ExecutionOptions(
      precision: Precision(rawValue: settings[SettingCatalog.precision]) ?? .float32,
      threads: settings[SettingCatalog.threads], memoryLimit: settings[SettingCatalog.memory] << 20,
      interrupt: interrupt)
  }
}

extension CommandContext {
  /// The value of a name; without a name the last result, or the mistake that there is none.
  package func keptValue(_ name: Word?, at verb: SourceSpan) throws(Diagnostic) -> any SessionValue {
    if let name { return try session.workspace.anyValue(of: name) }
    guard let last = session.workspace.last else {
      throw Diagnostic("missing-result", "no result yet: explain or classify something first", at: verb)
    }
    return last
  }
}
