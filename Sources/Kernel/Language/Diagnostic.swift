/// A mistake in a cell: what is wrong, where, and what to do about it.
package struct Diagnostic: Error, Sendable {
  /// Stable name of the kind of mistake, such as `unknown-layer`; becomes `ename`.
  package let code: String
  /// One sentence in lower case without a full stop; becomes `evalue`.
  package let message: String
  /// The place in the cell; nil where the whole command is meant.
  package var span: SourceSpan?
  /// Written behind the carets: a suggestion, then where to find more.
  package let hints: [String]
  /// Written below, a line each.
  package var notes: [String]
  /// The script that the span points into, where it is not the cell itself.
  package var origin: SourceText?

  package init(
    _ code: String, _ message: String, at span: SourceSpan? = nil, hints: [String] = [], notes: [String] = []
  ) {
    self.code = code
    self.message = Self.clipped(message)
    self.span = span
    self.hints = hints
    self.notes = notes
  }

  /// A sentence that quotes a giant word loses the middle of it.
  private static func clipped(_ message: String) -> String {
    let most = 600
    guard message.utf8.count > most else { return message }
    let scalars = message.unicodeScalars
    return String(scalars.prefix(most / 2)) + "…" + String(scalars.suffix(most / 2))
  }

  /// The same mistake at a place, where it has none yet.
  package func at(_ place: SourceSpan) -> Diagnostic {
    guard span == nil else { return self }
    var located = self
    located.span = place
    return located
  }
}

extension Diagnostic {
  /// A name that is not known, with the nearest one that is.
  ///
  /// - Parameters:
  ///   - noun: what was expected, without an article: `layer`, `colour map`.
  ///   - word: what was written.
  ///   - known: all names that would do.
  ///   - place: where it was looked for, such as `in resnet18`; may be empty.
  ///   - more: where all names are listed; without it the names themselves are named when there are few.
  ///   - said: the sentence, where it is another than that there is no such thing.
  /// - Returns: the mistake `unknown-NOUN`.
  package static func unknown(
    _ noun: String, _ word: Word, known: [String], place: String = "", more: String? = nil,
    said: String? = nil
  ) -> Diagnostic {
    let code = "unknown-" + noun.split(separator: " ").joined(separator: "-")
    let near =
      noun == "layer"
      ? Suggestion.nearestPath(to: word.text, among: known) : Suggestion.nearest(to: word.text, among: known)
    var hints: [String] = []
    if let near { hints.append("did you mean '\(near)'?") }
    if let more {
      hints.append(more)
    } else if known.isEmpty {
      hints.append("there is none yet")
    } else if near == nil || (2...12).contains(known.count) {
      let shown = known.prefix(12).joined(separator: ", ")
      hints.append((near == nil ? "expected one of " : "all: ") + shown + (known.count > 12 ? ", ..." : ""))
    }
    let tail = place.isEmpty ? "" : " " + place
    return Diagnostic(
      code, said ?? "there is no \(noun) named '\(word.text)'\(tail)", at: word.span, hints: hints)
  }

  /// A value of the wrong type or out of its range.
  package static func badValue(_ word: Word, expected: String) -> Diagnostic {
    Diagnostic("bad-value", "expected \(expected), found '\(word.text)'", at: word.span)
  }
}
