/// Keeps a text under a name; `NAME=VALUE` alone on a line means this.
struct LetCommand: Command {
  private static let name = Parameter.required("name", TextValue("a name", placeholder: "NAME"), "the name")
  private static let value = Parameter.several("value", TextValue(), atLeast: 1, "what it stands for")

  let signature = CommandSignature(
    "let", "keeps a text under a name that can stand for it", group: .session, parameters: [name, value],
    examples: ["let network resnet18", "network=resnet18"],
    details: """
      `NAME=VALUE` alone on a line is the same; so papermill's parameters work (`papermill -l bash -p network resnet18`). \
      Where the name then stands as a value, its text is meant: `model network`. Quoted words are never names.
      """)

  func run(_ call: Call, in context: CommandContext) throws -> CommandResult {
    let name = try call[Self.name]
    try ArgumentBinder.check(newName: Word(name, call.span(of: Self.name)))
    let value = KeptText(texts: try call[Self.value])
    context.session.workspace.keep(value, as: name)
    let setting = SettingCatalog.all.first { $0.name == name.lowercased() }
    let note = setting.map { " (a name; `set \($0.name)=\(value.summary)` changes the setting)" } ?? ""
    return .text("\(name) = \(value.summary)\(note)")
  }
}
