internal import CAMRuntime
internal import Display

/// A method of explanation as a verb; the catalogue of methods makes one for each.
struct MethodCommand: Command {
  private let method: any CAMMethod.Type
  private let own: [Parameter<Word?>]
  let signature: CommandSignature

  init(_ method: any CAMMethod.Type) {
    self.method = method
    own = method.parameters.map { parameter in
      Parameter<Word?>.option(
        parameter.name, MethodOptionValue(parameter), absent: parameter.defaultText, parameter.summary)
    }
    signature = CommandSignature(
      method.name, method.summary, group: .methods,
      parameters: MethodOptions.all(for: method) + own.map { $0 as any ParameterDeclaration },
      givesValue: true, examples: [method.name, "\(method.name) class=top2 as second"],
      details: "\(method.formula)\n\n\(method.paper)")
  }

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    var plan = try ExplanationPlan(call, in: context)
    plan.ownOptions = try values(call)
    plan.saysPassedOver = true
    try refuseOverruled(call, context.session.settings)
    let method = try configured(call, plan.ownOptions, context)
    var explanations: [ExplainedImage] = []
    for image in plan.images {
      for choice in try plan.classes(of: image, before: self.method.needs) {
        explanations.append(try plan.explain(image, choice, by: method))
      }
    }
    let result = ExplanationResult(explanations, look: plan.look)
    return try .value(result, in: context)
  }

  /// Refuses options that a reference work's own way takes the place of.
  private func refuseOverruled(_ call: Call, _ settings: Settings) throws {
    guard let compat = try call[MethodOptions.compat] else { return }
    var overruled: [any ParameterDeclaration] = []
    if method.parameters.contains(where: { $0.name == "weight" }), compat != .pytorchGradCAM {
      overruled = try own.filter {
        try ["weight", "denominator"].contains($0.info.name) && call[$0]?.text != $0.info.defaultText
      }
      // The fourth work turns the scores without units into softmax or sigmoid as it is told, the others take softmax.
      if compat != .work004, try call[MethodOptions.score] != Score.Kind.softmax.rawValue {
        overruled.append(MethodOptions.score)
      }
    }
    let isRecoloured =
      [MethodOptions.colormap, MethodOptions.overlay].contains(where: call.isGiven)
      || settings.isChanged(SettingCatalog.colormap) || settings.isChanged(SettingCatalog.overlay)
    if ReferenceRecipe(rawValue: compat.rawValue) != nil, !isRecoloured, try !call[MethodOptions.signed] {
      overruled.append(MethodOptions.normalize)
    }
    guard let option = overruled.first(where: call.isGiven) else { return }
    throw Diagnostic(
      "unfit-option", "compat=\(compat.rawValue) has its own \(option.info.name)", at: call.span(of: option),
      hints: ["leave \(option.info.name)= or compat= out"])
  }

  private func values(_ call: Call) throws -> [String: String] {
    var values: [String: String] = [:]
    for parameter in own { values[parameter.info.name] = try call[parameter]?.text }
    return values
  }

  private func configured(
    _ call: Call, _ values: [String: String], _ context: CommandContext
  ) throws -> any CAMMethod {
    let arguments = MethodArguments(
      for: method, values, compatibility: try call[MethodOptions.compat],
      seed: UInt64(context.session.settings[SettingCatalog.seed]))
    return try Blame.on(call.statement.verb.span) { try method.init(arguments) }
  }
}

/// A value of an option that only one method has.
private struct MethodOptionValue: CellValue {
  private let parameter: MethodParameter

  init(_ parameter: MethodParameter) { self.parameter = parameter }

  var noun: String {
    switch parameter.kind {
    case .integer(let range, _): IntegerValue(in: range).noun
    case .number(let range, _): NumberValue(in: range).noun
    case .choice(let words, _): ChoiceValue(words).noun
    }
  }
  var placeholder: String {
    switch parameter.kind {
    case .integer: "N"
    case .number: "NUMBER"
    case .choice(let words, _): words.joined(separator: "|")
    }
  }
  var choices: [String] { if case .choice(let words, _) = parameter.kind { words } else { [] } }

  func read(_ word: Word) throws(Diagnostic) -> Word {
    switch parameter.kind {
    case .integer(let range, _): _ = try IntegerValue(in: range).read(word)
    case .number(let range, _): _ = try NumberValue(in: range).read(word)
    case .choice(let words, _): return Word(try ChoiceValue(words).read(word), word.span)
    }
    return word
  }
  func text(of value: Word) -> String { value.text }
}
