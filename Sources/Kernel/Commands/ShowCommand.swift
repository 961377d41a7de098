/// Shows a kept value again: drawn in another way, or how often the numbers of a part of it occur.
struct ShowCommand: Command {
  private static let name = Parameter.optional(
    "name", NameValue(.value), "a kept value; without it the last result")
  private static let what = Parameter.option(
    "what", ChoiceValue(["overlay", "heatmap", "map", "weights", "activations", "logits", "gradient"]),
    absent: "overlay", "the picture, its heat alone, or a histogram of numbers")

  let signature = CommandSignature(
    "show", "shows a kept value again", group: .results, parameters: [name, what] + MethodOptions.drawing,
    givesValue: true,
    examples: [
      "show first", "show first colormap=turbo colorbar=yes", "show first overlay=contours level=0.3,0.6",
      "show first overlay=mask as hidden", "show first what=weights",
    ],
    details: """
      A mask shows the picture where the heat reaches `level=` and is dark elsewhere; contours are lines of equal heat. \
      With `as` the new look is kept, too: `figure first hidden` shows both.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let value = try context.keptValue(call[Self.name], at: call.statement.verb.span)
    let shown = try shown(value, call, context.session.settings)
    // The last option is to blame: the others may have been kept with the value.
    let place = call.span(of: MethodOptions.drawing.last(where: call.isGiven) ?? Self.name)
    let bundle = try Blame.on(place) { try shown.bundle(with: context.session.settings) }
    return CommandResult(value: call.statement.name == nil ? nil : shown, bundle: bundle)
  }

  /// The value as it is to be shown.
  private func shown(
    _ value: any SessionValue, _ call: Call, _ settings: Settings
  ) throws -> any SessionValue {
    let look = try HeatLook(call)
    let drawing = MethodOptions.drawing.first(where: call.isGiven)
    let part = try call[Self.what] ?? "overlay"
    guard part == "overlay" || part == "heatmap" else {
      let numbers = try histogram(part, of: value, call, settings)
      guard let drawing else { return numbers }
      throw Diagnostic("unfit-option", "a histogram has no heat to draw", at: call.span(of: drawing))
    }
    let ways: [any ParameterDeclaration] = [MethodOptions.alpha, MethodOptions.overlay, MethodOptions.level]
    if part == "heatmap", let way = ways.first(where: call.isGiven) {
      throw Diagnostic("unfit-option", "a heatmap shows no picture under the heat", at: call.span(of: way))
    }
    if let heat = value as? any HeatValue { return heat.drawn(part == "heatmap" ? look.heatAlone : look) }
    if let given = drawing ?? (part == "heatmap" ? Self.what : nil) {
      throw Diagnostic(
        "unfit-option", "the \(type(of: value).noun) has no heat to draw", at: call.span(of: given))
    }
    return value
  }

  private func histogram(
    _ part: String, of value: any SessionValue, _ call: Call, _ settings: Settings
  ) throws -> PartHistogram {
    let savable = value as? any SavableValue
    guard let savable, savable.partNames.contains(part) else {
      throw Diagnostic(
        "no-such-part", "the \(type(of: value).noun) has no \(part)", at: call.span(of: Self.what),
        hints: savable.map { ["it has " + $0.partNames.joined(separator: ", ")] } ?? [])
    }
    let found = try Blame.on(call.span(of: Self.what)) { try savable.part(part, with: settings) }
    guard case .array(let shape, let values) = found else {
      throw Diagnostic("no-such-part", "\(part) is not numbers", at: call.span(of: Self.what))
    }
    return PartHistogram(part, shape: shape, values: values, of: value)
  }
}
