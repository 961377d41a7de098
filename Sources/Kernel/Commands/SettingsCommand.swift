/// Lists the settings with their values.
struct SettingsCommand: Command {
  let signature = CommandSignature(
    "settings", "lists the settings of this session", group: .session, examples: ["settings"],
    details: "`set NAME=VALUE` changes one, `reset` puts all back.")

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let settings = context.session.settings
    let rows = SettingCatalog.all.map { setting in
      let standard =
        settings.isChanged(setting) ? "\(setting.help) (standard: \(setting.standardText))" : setting.help
      return [setting.name, settings.text(of: setting), standard]
    }
    let facts = SettingCatalog.all.map { setting -> JSONValue in
      [
        "name": .string(setting.name), "value": .string(settings.text(of: setting)),
        "standard": .string(setting.standardText),
      ]
    }
    let bundle = DisplayBundle.table(["setting", "value", "meaning"], rows)
    return CommandResult(bundle: bundle.stating(["verb": "settings", "settings": .array(facts)]))
  }
}
