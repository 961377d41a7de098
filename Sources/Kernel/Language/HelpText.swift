/// Help as plain text, made from signatures; the only place that words it.
package enum HelpText {
  /// How long a line may get before it is folded.
  private static let width = 80

  /// All verbs under their headings.
  package static func overview(_ vocabulary: Vocabulary) -> String {
    var lines = [
      "model NAME, image PATH, ablation-cam: three lines give a heatmap; everything has a default", "",
    ]
    for group in CommandSignature.Group.allCases {
      let signatures = vocabulary.signatures.filter { $0.group == group }
      guard !signatures.isEmpty else { continue }
      lines.append(group.rawValue)
      lines += table(signatures.map { ("  " + $0.verb, $0.summary) })
      lines.append("")
    }
    lines.append("`VERB?` shows how a verb is used, `VERB??` also its details; a final `;` hides the result")
    lines.append(
      "`as NAME` at the end keeps a result; `\\` at the end goes on in the next line; `#` begins a comment")
    return lines.joined(separator: "\n")
  }

  /// The help of one verb.
  package static func page(of signature: CommandSignature, detailed: Bool = false) -> String {
    var lines = [usage(of: signature), "", "  " + signature.summary]
    let values = signature.positionals.map { ("  " + $0.name.uppercased(), describe($0)) }
    let options = signature.options.map { ("  " + $0.name + "=" + shortPlaceholder($0), describe($0)) }
    if !values.isEmpty { lines += ["", "values"] + table(values) }
    if !options.isEmpty { lines += ["", "options"] + table(options) }
    if !signature.examples.isEmpty {
      lines += ["", signature.examples.count == 1 ? "example" : "examples"]
      lines += signature.examples.flatMap { $0.split(separator: "\n").map { "  " + $0 } }
    }
    if !signature.details.isEmpty {
      lines +=
        detailed
        ? ["", "details"] + fold(signature.details, indent: "  ") : ["", "`\(signature.verb)??` tells more"]
    }
    return lines.joined(separator: "\n")
  }

  /// The usage line: `pause [SECONDS] [steps=N]`.
  package static func usage(of signature: CommandSignature) -> String {
    var parts = [signature.verb]
    for parameter in signature.positionals {
      let name = parameter.name.uppercased() + (parameter.arity == .one ? "" : "...")
      parts.append(parameter.isRequired ? name : "[\(name)]")
    }
    let options = signature.options
    if options.count > 4 {
      parts.append("[OPTION=VALUE...]")
    } else {
      parts += options.map { "[\($0.name)=\(shortPlaceholder($0))]" }
    }
    if signature.givesValue { parts.append("[as NAME]") }
    return parts.joined(separator: " ")
  }

  /// The help of one parameter, for the inspection of an option.
  package static func page(of parameter: ParameterInfo, in signature: CommandSignature) -> String {
    let head =
      parameter.role == .option ? "\(parameter.name)=\(parameter.placeholder)" : parameter.name.uppercased()
    return "\(head) of \(signature.verb)\n\n  \(describe(parameter))"
  }

  /// Help, type and default in one line.
  package static func describe(_ parameter: ParameterInfo) -> String {
    var facts: [String] = []
    let type = parameter.noun
    if type != "a text" { facts.append(parameter.arity == .one ? type : "\(type), several by comma") }
    if let value = parameter.defaultText { facts.append("default \(value)") }
    return facts.isEmpty ? parameter.help : "\(parameter.help) (\(facts.joined(separator: "; ")))"
  }

  private static func shortPlaceholder(_ parameter: ParameterInfo) -> String {
    parameter.placeholder.count <= 24 ? parameter.placeholder : "CHOICE"
  }

  private static func table(_ rows: [(String, String)]) -> [String] {
    let column = min(rows.map(\.0.count).max() ?? 0, 26)
    return rows.flatMap { head, text in
      let folded = fold(text, indent: "", width: width - column - 2)
      let padding = String(repeating: " ", count: column + 2)
      let first = folded.first ?? ""
      let start =
        head.count > column
        ? [head, padding + first] : [head + String(repeating: " ", count: column - head.count + 2) + first]
      return start + folded.dropFirst().map { padding + $0 }
    }
  }

  /// Breaks lines at blanks; line breaks of the text stay.
  private static func fold(_ text: String, indent: String, width: Int = width) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
      var lines = [indent]
      for word in paragraph.split(separator: " ") {
        let last = lines[lines.count - 1]
        if last.count + word.count + 1 > width, last != indent {
          lines.append(indent + word)
        } else {
          lines[lines.count - 1] += (last == indent ? "" : " ") + word
        }
      }
      return lines
    }
  }
}
