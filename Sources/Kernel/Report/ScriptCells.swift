/// A script as the cells of a report: paragraphs of comments are prose, other paragraphs are cells.
package enum ScriptCells {
  /// One part of a script: Markdown, or commands.
  package enum Part: Equatable, Sendable {
    case prose(String)
    case commands(String)
  }

  /// The parts of a script; blank lines part them, and a comment's first `# ` is no part of its prose.
  package static func parts(of script: String) -> [Part] {
    let lines = TextFile.lines(of: script)
    return lines.split { $0.allSatisfy(\.isWhitespace) }.map { paragraph in
      guard paragraph.allSatisfy({ $0.hasPrefix("#") }) else {
        return .commands(paragraph.joined(separator: "\n"))
      }
      return .prose(
        paragraph.map { line in
          let text = line.dropFirst()
          return text.first == " " ? String(text.dropFirst()) : String(text)
        }.joined(separator: "\n"))
    }
  }
}
