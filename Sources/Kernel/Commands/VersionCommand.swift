/// Tells the version.
struct VersionCommand: Command {
  let signature = CommandSignature(
    "version", "tells the version of camkernel", group: .session, examples: ["version"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    .text("\(KernelIdentity.implementation) \(KernelIdentity.version)")
  }
}
