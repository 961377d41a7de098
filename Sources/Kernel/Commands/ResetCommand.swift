/// Forgets what is loaded, kept and set.
struct ResetCommand: Command {
  let signature = CommandSignature(
    "reset", "forgets models, images, kept values and changed settings", group: .session, examples: ["reset"],
    details: "The history stays. Restarting the kernel forgets that too.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    context.session.workspace = Workspace()
    context.session.settings = Settings()
    return .text("the session is as at its start")
  }
}
