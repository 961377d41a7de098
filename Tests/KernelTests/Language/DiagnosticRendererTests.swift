import Kernel
import Testing

@Suite("rendered diagnostics") struct DiagnosticRendererTests {
  private func block(_ text: String, _ mistake: Diagnostic) -> String {
    DiagnosticRenderer(.plain).lines(of: mistake, in: SourceText(text)).joined(separator: "\n")
  }

  @Test("the form of the contract")
  func contract() {
    let word = Word("layer5", SourceSpan(15, 21))
    let layers = ["layer1", "layer2", "layer3", "layer4"]
    let mistake = Diagnostic.unknown(
      "layer", word, known: layers, place: "in resnet18", more: "`layers` lists all 9 candidates")
    #expect(
      block("grad-cam layer=layer5", mistake) == """
        error[unknown-layer]: there is no layer named 'layer5' in resnet18
          1 | grad-cam layer=layer5
            |                ^^^^^^ did you mean 'layer4'?  `layers` lists all 9 candidates
        """)
  }

  @Test("carets stand under wide letters, tabs and marks")
  func widths() {
    let text = "\t猫 e\u{301} x=y"
    let mistake = Diagnostic("a", "b", at: SourceSpan(6, 7))
    #expect(block(text, mistake) == "error[a]: b\n  1 |  猫 e\u{301} x=y\n    |       ^")
  }

  @Test("a long line is cut around the place")
  func longLine() {
    let text = String(repeating: "a", count: 5000) + "X" + String(repeating: "b", count: 5000)
    let lines = block(text, Diagnostic("a", "b", at: SourceSpan(5000, 5001))).split(separator: "\n")
    #expect(lines[1].count < 130)
    #expect(Array(lines[1])[Array(lines[2]).firstIndex(of: "^") ?? 0] == "X")
  }

  @Test("control characters of a cell do not reach the terminal")
  func controls() {
    let mistake = Diagnostic("a", "found '\u{1B}[2J'", at: SourceSpan(0, 1))
    let text = block("\u{1B}]0;title\u{7}\u{9B}", mistake)
    #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) })
  }

  @Test("colour only adds sequences")
  func colour() {
    let mistake = Diagnostic("a", "b", at: SourceSpan(0, 3), hints: ["c"], notes: ["d"])
    let coloured = DiagnosticRenderer(.ansi).lines(of: mistake, in: SourceText("set x")).joined(
      separator: "\n")
    var bare = ""
    var rest = coloured[...]
    while let escape = rest.firstIndex(of: "\u{1B}") {
      bare += rest[..<escape]
      rest = rest[escape...].drop { $0 != "m" }.dropFirst()
    }
    #expect(bare + rest == block("set x", mistake))
    #expect(coloured != block("set x", mistake))
  }
}
