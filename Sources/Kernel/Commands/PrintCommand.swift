/// Writes a line to a text stream.
struct PrintCommand: Command {
  private static let text = Parameter.several("text", TextValue(), "what is written, joined by blanks")
  private static let stream = Parameter.option(
    "to", CaseValue(Stream.self), default: .stdout, "the stream")

  private enum Stream: String, CaseIterable { case stdout, stderr }

  let signature = CommandSignature(
    "print", "writes a line of text", group: .session, parameters: [text, stream],
    examples: ["print \"layer by layer\"", "print careful to=stderr"])

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let texts = call.statement.arguments.filter { $0.key == nil }.map { argument in
      argument.values.map(\.text).joined(separator: ", ")
    }
    context.output.stream(
      texts.joined(separator: " ") + "\n", to: try call[Self.stream] == .stdout ? .stdout : .stderr)
    return .nothing
  }
}
