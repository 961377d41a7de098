/// Shows a kept value again, in other colours where that is asked for.
struct ShowCommand: Command {
  private static let name = Parameter.optional(
    "name", NameValue(.value), "a kept value; without it the last result")

  let signature = CommandSignature(
    "show", "shows a kept value again", group: .results,
    parameters: [name, MethodOptions.colormap, MethodOptions.alpha, MethodOptions.colorbar],
    examples: ["show first", "show first colormap=turbo", "show first colorbar=yes"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let value = try context.keptValue(call[Self.name], at: call.statement.verb.span)
    let look = try MethodOptions.look(call)
    if let heat = value as? any HeatValue {
      return CommandResult(bundle: try heat.drawn(look).bundle(with: context.session.settings))
    }
    let options: [any ParameterDeclaration] = [
      MethodOptions.colormap, MethodOptions.alpha, MethodOptions.colorbar,
    ]
    if let option = options.first(where: call.isGiven) {
      throw Diagnostic(
        "unfit-option", "the \(type(of: value).noun) has no heat to colour", at: call.span(of: option))
    }
    return CommandResult(bundle: try value.bundle(with: context.session.settings))
  }
}
