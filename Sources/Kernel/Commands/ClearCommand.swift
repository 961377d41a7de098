/// Removes what the cell has shown so far.
struct ClearCommand: Command {
  private static let wait = Parameter.option(
    "wait", SwitchValue(), default: false, "only when the next output comes, so that nothing flickers")

  let signature = CommandSignature(
    "clear", "removes what this cell has shown so far", group: .session, parameters: [wait],
    examples: ["clear", "clear wait=yes"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    context.output.clear(wait: try call[Self.wait])
    return .nothing
  }
}
