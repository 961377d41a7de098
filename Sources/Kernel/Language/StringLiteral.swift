/// Quoted text and what it stands for.
///
/// In double quotes `\"`, `\\`, `\n` and `\t` are escapes, in single quotes `\'` and `\\`; any other backslash is itself.
package enum StringLiteral {
  /// The text of a literal that is given with its quotes.
  package static func text(of literal: String, isClosed: Bool) -> String {
    var scalars = Array(literal.unicodeScalars)[...]
    guard let quote = scalars.popFirst() else { return "" }
    if isClosed { scalars.removeLast() }
    var text = String.UnicodeScalarView()
    while let scalar = scalars.popFirst() {
      guard scalar == "\\", let next = scalars.first, let meaning = escape(next, in: quote) else {
        text.append(scalar)
        continue
      }
      scalars.removeFirst()
      text.append(meaning)
    }
    return String(text)
  }

  /// The text as it must be written in a cell: as it is where it can stand as a word, else quoted.
  package static func written(_ text: String) -> String {
    let isWord =
      !text.isEmpty && text.lowercased() != "as" && !text.hasSuffix("\\")
      && !text.unicodeScalars.contains { $0.properties.isWhitespace || ",=;#\"'".unicodeScalars.contains($0) }
    guard !isWord else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar, in quote: Unicode.Scalar) -> Unicode.Scalar? {
    switch (scalar, quote) {
    case ("\\", _): "\\"
    case (quote, _): quote
    case ("n", "\""): "\n"
    case ("t", "\""): "\t"
    default: nil
    }
  }
}
