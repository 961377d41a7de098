import Kernel
import Testing

@Suite("scripts as reports") struct ScriptCellsTests {
  @Test("comments of their own are prose, paragraphs are cells")
  func parts() {
    let script = "# # Title\n# some *text*\n\nprint a # note\nprint b\n\n\n#tight\n"
    #expect(
      ScriptCells.parts(of: script) == [
        .prose("# Title\nsome *text*"), .commands("print a # note\nprint b"), .prose("tight"),
      ])
    #expect(ScriptCells.parts(of: "").isEmpty)
    let windows = String(script.flatMap { $0 == "\n" ? "\r\n" : String($0) })
    #expect(ScriptCells.parts(of: windows) == ScriptCells.parts(of: script))
  }

  @Test("highlighting marks verbs, keys, strings and comments and loses nothing")
  func highlight() {
    let html = CellHighlighter.html("grad-cam layer=layer4 'a b' # <why>\nhelp")
    #expect(
      html == "<span class=\"verb\">grad-cam</span> <span class=\"key\">layer</span>=layer4 "
        + "<span class=\"text\">&#39;a b&#39;</span> <span class=\"note\"># &lt;why&gt;</span>\n"
        + "<span class=\"verb\">help</span>")
  }

  @Test(
    "numbers are marked whole, words with digits are none",
    arguments: [
      ("0.4", true), ("-0.5", true), ("1e-3", true), (".25", true), ("281", true), ("5e+4", true),
      ("layer4.2", false), ("resnet50", false), ("4x4", false), ("-", false), ("nan", false),
      ("1e999", false),
    ])
  func numbers(_ word: String, _ isNumber: Bool) {
    let marked = isNumber ? "<span class=\"number\">\(word)</span>" : word
    #expect(
      CellHighlighter.html("attack alpha=\(word)")
        == "<span class=\"verb\">attack</span> <span class=\"key\">alpha</span>=\(marked)")
  }
}
