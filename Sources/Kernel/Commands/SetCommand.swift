/// Changes settings: `set colormap=turbo alpha=0.5`.
struct SetCommand: Command {
  let signature = CommandSignature(
    "set", "changes settings of this session", group: .session,
    parameters: SettingCatalog.all.map(\.parameter), examples: ["set alpha=0.5", "set seed=7 threads=2"],
    details: "`settings` lists all with their values, `reset` puts them back.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    var changes: [String] = []
    var facts = JSONObject()
    for setting in SettingCatalog.all {
      guard let word = call.words(of: setting.parameter).first else { continue }
      try context.session.settings.set(setting, to: word)
      let text = context.session.settings.text(of: setting)
      changes.append("\(setting.name) = \(text)")
      facts[setting.name] = .string(text)
    }
    guard !changes.isEmpty else {
      throw Diagnostic(
        "missing-value", "set needs at least one setting", at: call.statement.verb.span,
        hints: ["for example `set alpha=0.5`", "`settings` lists all"])
    }
    let bundle = DisplayBundle.text(changes.joined(separator: ", "))
    return CommandResult(bundle: bundle.stating(["verb": "set", "settings": .object(facts)]))
  }
}
