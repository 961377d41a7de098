/// The reference page of the language as Markdown, made from the signatures.
package enum ReferencePage {
  /// The whole page.
  package static func markdown(of vocabulary: Vocabulary) -> String {
    var text = """
      # Commands

      Made by `make docs` from the declarations of the commands; do not edit. The form of a line, mistakes and results
      are in [language.md](language.md).

      """
    for group in CommandSignature.Group.allCases {
      let signatures = vocabulary.signatures.filter { $0.group == group }
      guard !signatures.isEmpty else { continue }
      text += "\n## \(group.rawValue.prefix(1).uppercased() + group.rawValue.dropFirst())\n"
      for signature in signatures { text += section(of: signature) }
    }
    return text
  }

  private static func section(of signature: CommandSignature) -> String {
    var text = "\n### `\(signature.verb)`\n\n    \(HelpText.usage(of: signature))\n\n\(signature.summary)\n"
    if !signature.parameters.isEmpty {
      text += "\n| parameter | meaning |\n|---|---|\n"
      for parameter in signature.parameters {
        let name = parameter.role == .option ? parameter.name + "=" : parameter.name.uppercased()
        text += "| `\(name)` | \(cell(HelpText.describe(parameter))) |\n"
      }
    }
    if !signature.details.isEmpty { text += "\n\(signature.details)\n" }
    for example in signature.examples {
      text += "\n" + example.split(separator: "\n").map { "    \($0)\n" }.joined()
    }
    return text
  }

  private static func cell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
