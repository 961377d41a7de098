/// Runs a script in this session.
struct SourceCommand: Command {
  private static let path = Parameter.required("path", PathValue(suffixes: [".cam"]), "the script")

  let signature = CommandSignature(
    "source", "runs a `.cam` script in this session", group: .session, parameters: [path],
    examples: ["source setup.cam"],
    details:
      "The script sees and changes what this session has; its first mistake ends it and names its line.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let path = try call[Self.path]
    let bytes = try Blame.on(path.span) { try FileSystem.read(path.text, limit: SourceText.longest) }
    guard let text = TextFile.text(of: bytes) else {
      throw Diagnostic("bad-script", "'\(path.text)' is not UTF-8 text", at: path.span)
    }
    try context.session.run(SourceText(text, name: path.text), in: context, at: path.span)
    return .nothing
  }
}
