import Kernel
import Testing

/// A cell in which `1️⃣` marks the place of the mistake that is expected.
struct MarkedCell: CustomTestStringConvertible, Sendable {
  private static let mark = "1️⃣"

  let text: String
  let place: Int?
  let code: String
  /// A part of the rendered block, so that message and hints are pinned too.
  let says: String

  init(_ marked: String, _ code: String, _ says: String) {
    let mark = marked.range(of: Self.mark)
    place = mark.map { marked[..<$0.lowerBound].unicodeScalars.count }
    text = mark.map { String(marked[..<$0.lowerBound] + marked[$0.upperBound...]) } ?? marked
    self.code = code
    self.says = says
  }

  var testDescription: String { text }
}

extension String {
  /// The first place of a text, by scalars.
  func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}

/// Runs a cell as a script and expects its mistake at the mark.
func expectMistake(of cell: MarkedCell, sourceLocation: SourceLocation = #_sourceLocation) {
  let source = SourceText(cell.text)
  guard let mistake = Session().run(source, output: RecordingOutput(), allowsInput: false) else {
    Issue.record("no mistake was found", sourceLocation: sourceLocation)
    return
  }
  #expect(mistake.code == cell.code, sourceLocation: sourceLocation)
  #expect(mistake.span?.start == cell.place, sourceLocation: sourceLocation)
  let block = DiagnosticRenderer(.plain).lines(of: mistake, in: source).joined(separator: "\n")
  #expect(block.contains(cell.says), "\(block)", sourceLocation: sourceLocation)
}
