/// Shows how the language, a verb, a kept value or a setting is used.
struct HelpCommand: Command {
  private static let topic = Parameter.optional(
    "topic", NameValue(.verb), "a verb, a kept value or a setting; without it all verbs are listed")

  let signature = CommandSignature(
    "help", "lists all verbs, or shows how one is used", group: .session, parameters: [topic],
    examples: ["help", "help set"], details: "`VERB?` is the same as `help VERB`; `VERB??` shows details too."
  )

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let vocabulary = context.session.vocabulary
    guard let topic = try call[Self.topic] else { return .text(HelpText.overview(vocabulary)) }
    if let signature = vocabulary[topic.text] { return .text(HelpText.page(of: signature, detailed: true)) }
    if let told = context.session.describe(name: topic.text) { return .text(told) }
    return .text(HelpText.page(of: try vocabulary.signature(of: topic)))
  }
}
