internal import CAMRuntime
internal import Display

/// What a call asks for: pictures, layers, classes and the shared options, looked up in the session.
struct ExplanationPlan {
  let context: CommandContext
  let call: Call
  let model: LoadedModel
  let images: [LoadedImage]
  let layers: [NodeID]
  /// How the maps are drawn.
  let look: HeatLook
  /// Shown where the explanations take long.
  let bar: LongWorkBar
  /// The values of the method's own options, where they were given.
  var ownOptions: [String: String] = [:]
  /// Whether options that the method does not look at are worth a warning: where there is one method.
  var saysPassedOver = false

  init(_ call: Call, in context: CommandContext) throws {
    self.call = call
    self.context = context
    model = try context.model()
    images = try context.images(of: call.words(of: MethodOptions.image)).images
    layers = try LayerReference(model).layers(of: try call[MethodOptions.layer])
    look = try HeatLook(call, with: context.session.settings)
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
    let request = try MethodOptions.request(method, call, of: model.model, layers: layers, choice: choice)
    var explanation = try blaming {
      try bar.part(model.network.meter) {
        try model.explainer.explain(try model.input(of: image), request)
      }
    }
    if saysPassedOver { explanation.warnings += passedOver(by: method) }
    return ExplainedImage(
      explanation: explanation, model: model, image: image, choice: choice,
      isSigned: try call[MethodOptions.signed],
      recipe: try call[MethodOptions.compat].flatMap { ReferenceRecipe(rawValue: $0.rawValue) },
      options: try options(of: method), chosen: try chosen(for: method))
  }

  /// Runs an explanation; what it reports is put at the option that is to blame, mostly the layer.
  private func blaming<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as ExplainError {
      let option: any ParameterDeclaration =
        switch error {
        case .noQuirk: MethodOptions.compat
        case .notCombined: MethodOptions.smooth
        case .classOutOfRange, .scoreIsZero, .probabilityIsZero: MethodOptions.classes
        default: MethodOptions.layer
        }
      if case .notMaps = error, LayerReference.candidates(of: model.model).isEmpty {
        throw Diagnostic(
          "wrong-layer", "\(error)", at: call.span(of: option),
          hints: ["no layer yields maps; layer=input explains by the picture itself"])
      }
      throw error.diagnostic(at: call.span(of: option))
    } catch {
      if error is Interrupted { throw error }
      throw Blame.diagnostic(of: error, at: call.span(of: MethodOptions.layer))
    }
  }

  /// The options that were given and that the method does not look at.
  private func passedOver(by method: any CAMMethod) -> [ExplanationWarning] {
    let disregards = type(of: method).disregards
    let subjects: [(MethodSubjects, any ParameterDeclaration)] = [
      (.classes, MethodOptions.classes), (.scores, MethodOptions.score), (.layers, MethodOptions.layer),
    ]
    return subjects.filter { disregards.contains($0.0) && call.isGiven($0.1) }.map {
      .passedOver(method: method.name, option: $0.1.info.name)
    }
  }

  private func options(of method: any CAMMethod) throws -> [(name: String, value: JSONValue)] {
    let shared: [(name: String, value: JSONValue)] = [
      ("smooth", .string(try call[MethodOptions.smooth].rawValue)),
      ("compat", .string(try call[MethodOptions.compat]?.rawValue ?? "none")),
    ]
    return shared
      + type(of: method).parameters.map { parameter in
        let text = ownOptions[parameter.name] ?? parameter.defaultText
        switch parameter.kind {
        case .integer: return (parameter.name, Int(text).map { .integer($0) } ?? .string(text))
        case .number: return (parameter.name, Double(text).map { .number($0) } ?? .string(text))
        case .choice: return (parameter.name, .string(text))
        }
      }
  }

  /// What was chosen and is not the method's default, as it is written.
  private func chosen(for method: any CAMMethod) throws -> [String] {
    let type = type(of: method)
    var chosen: [String] = []
    if let value = try call[MethodOptions.activation], value != type.defaults.activation {
      chosen.append("activation=\(value.rawValue)")
    }
    if let value = try call[MethodOptions.normalize], value != type.defaults.normalization {
      chosen.append("normalize=\(value.rawValue)")
    }
    if try call[MethodOptions.signed] { chosen.append("signed=yes") }
    let smoothing = try call[MethodOptions.smooth]
    if smoothing != .none { chosen.append("smooth=\(smoothing.rawValue)") }
    if let compat = try call[MethodOptions.compat] { chosen.append("compat=\(compat.rawValue)") }
    return chosen
      + type.parameters.compactMap { parameter in
        guard let text = ownOptions[parameter.name], text != parameter.defaultText else { return nil }
        return "\(parameter.name)=\(text)"
      }
  }
}

extension Model {
  /// The last rectified maps of as many resolutions, the default layer last: what methods of several layers look at
  /// where nobody named any.
  func stages(atLeast count: Int) -> [NodeID] {
    var found = [defaultLayer]
    guard graph[defaultLayer].shape.rank == 4 else { return found }
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
