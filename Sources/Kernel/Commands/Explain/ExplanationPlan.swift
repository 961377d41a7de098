internal import CAMRuntime
internal import Display

/// What a call asks for: pictures, layers, classes and the shared options, looked up in the session.
struct ExplanationPlan {
  let context: CommandContext
  let call: Call
  let model: LoadedModel
  let images: [LoadedImage]
  let layers: [NodeID]
  /// Shown where the explanations take long.
  let bar: LongWorkBar
  /// The values of the method's own options, where they were given.
  var ownOptions: [String: String] = [:]

  init(_ call: Call, in context: CommandContext) throws {
    self.call = call
    self.context = context
    model = try context.model()
    images = try context.images(of: call.words(of: MethodOptions.image)).images
    layers = try LayerReference(model).layers(of: try call[MethodOptions.layer])
    bar = LongWorkBar(call.statement.verb.text.lowercased(), in: context)
    bar.parts = images.count * max(1, call.words(of: MethodOptions.classes).count)
  }

  /// The method of a name with its defaults and the session's seed.
  func method(named name: String) throws -> any CAMMethod {
    let verb = Word(name, call.statement.verb.span)
    guard let type = CAMCatalog.method(named: name) else {
      throw Diagnostic.unknown("method", verb, known: CAMCatalog.all.map { $0.name })
    }
    let arguments = MethodArguments(
      for: type, compatibility: try call[MethodOptions.compat],
      seed: UInt64(context.session.settings[SettingCatalog.seed]))
    return try Blame.on(verb.span) { try type.init(arguments) }
  }

  /// The classes that the words name for a picture; the most probable one without words.
  func classes(
    of image: LoadedImage, words: [Word]? = nil, before needs: MethodNeeds = []
  ) throws -> [ClassChoice] {
    let words = try words ?? call[MethodOptions.classes]
    let reference = ClassReference(model)
    let standard = [Word("top1", call.statement.verb.span)]
    return try (words.isEmpty ? standard : words).map {
      try reference.choice(of: $0, for: image, before: needs)
    }
  }

  /// Explains one picture and class at some layers; nil stands for the layers of the call.
  func explain(
    _ image: LoadedImage, _ choice: ClassChoice, by method: any CAMMethod, layers wanted: [NodeID]? = nil
  ) throws -> ExplainedImage {
    try context.interrupt.check()
    let few = wanted ?? layers
    let needed = type(of: method).minimumLayers
    let isFree = wanted == nil && !call.isGiven(MethodOptions.layer)
    let layers = few.count < needed && isFree ? model.model.stages(atLeast: needed) : few
    let request = try MethodOptions.request(method, call, layers: layers, choice: choice)
    let explanation = try Blame.on(call.span(of: MethodOptions.layer)) {
      try bar.part(model.network.meter) {
        try model.explainer.explain(try model.input(of: image), request)
      }
    }
    return ExplainedImage(
      explanation: explanation, model: model, image: image, choice: choice,
      isSigned: try call[MethodOptions.signed],
      recipe: try call[MethodOptions.compat].flatMap { ReferenceRecipe(rawValue: $0.rawValue) },
      options: try options(of: method))
  }

  private func options(of method: any CAMMethod) throws -> [(name: String, value: String)] {
    let type = type(of: method)
    let shared = [
      ("smooth", try call[MethodOptions.smooth].rawValue),
      ("compat", try call[MethodOptions.compat]?.rawValue ?? "none"),
    ]
    return shared + type.parameters.map { ($0.name, ownOptions[$0.name] ?? $0.defaultText) }
  }
}

extension Model {
  /// The last rectified maps of as many resolutions, the default layer last: what methods of several layers look at
  /// where nobody named any.
  func stages(atLeast count: Int) -> [NodeID] {
    var found = [defaultLayer]
    var sides: Set<Int> = [graph[defaultLayer].shape[2]]
    for candidate in LayerReference.candidates(of: self).reversed() where candidate.id < defaultLayer {
      let node = graph[candidate.id]
      guard found.count < count else { break }
      if node.operation.traits.isRectifier, sides.insert(node.shape[2]).inserted {
        found.insert(candidate.id, at: 0)
      }
    }
    return found
  }
}
