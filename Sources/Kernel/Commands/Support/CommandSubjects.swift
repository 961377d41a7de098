package import CAMRuntime

extension CommandContext {
  /// The model that a command works with.
  package func model() throws(Diagnostic) -> LoadedModel { try session.workspace.current(LoadedModel.self) }

  /// The pictures that words name: kept values, or files; without words the current ones.
  ///
  /// - Parameters:
  ///   - words: names, paths and addresses.
  ///   - crops: whether their middle is cut out; nil cuts files, and leaves kept pictures as they are.
  /// - Returns: the pictures, in the words' order.
  /// - Throws: a diagnostic that names the nearest name or file.
  package func images(of words: [Word], crops: Bool? = nil) throws -> LoadedImages {
    guard !words.isEmpty else { return try session.workspace.current(LoadedImages.self) }
    var found: [LoadedImage] = []
    for word in words {
      if let dataset = session.workspace.value(named: word.text) as? LoadedDataset {
        throw Diagnostic.wrongKind(
          word, dataset, LoadedImages.noun,
          hints: ["`batch \(word.text) as NAME` takes some of its pictures"])
      }
      if session.workspace.value(named: word.text) != nil {
        let kept = try session.workspace.value(of: word, as: LoadedImages.self).images
        found += crops.map { crops in kept.map { $0.fitted(crops: crops) } } ?? kept
      } else {
        found += try ImageFiles.images(of: word, crops: crops ?? true, context: self)
      }
    }
    return LoadedImages(found)
  }

  /// The mistake that a word names no model: it names something else, or nothing, and what is nearest.
  package func absence(ofModel word: Word) -> Diagnostic {
    let kept = session.workspace.kept
    if let other = session.workspace.value(named: word.text) { return .wrongKind(word, other, "model") }
    let known = ArchitectureCatalog.all.map(\.name) + kept.filter { $0.value is LoadedModel }.map(\.name)
    let near =
      Suggestion.nearest(to: word.text, among: known)
      ?? FileSystem.absence(of: FileSystem.expanded(word.text)).nearest
    let hints = near.map { ["did you mean '\(StringLiteral.written($0))'?"] } ?? []
    return Diagnostic(
      "unknown-model", "there is no built-in network and no file '\(word.text)'", at: word.span,
      hints: hints + ["`models` lists what is built in"])
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
