import Kernel
import Testing

@Suite("terminal text as HTML") struct AnsiTextTests {
  @Test(
    "colours and bold become classes, other sequences vanish",
    arguments: [
      ("a < b", "a &lt; b"),
      ("\u{1B}[1;31mx\u{1B}[0my", "<span class=\"ansi-bold ansi-red\">x</span>y"),
      ("\u{1B}[1;38;5;196mx\u{1B}[0m", "<span class=\"ansi-bold ansi-red\">x</span>"),
      ("\u{1B}[38;5;12mx", "<span class=\"ansi-blue\">x</span>"),
      ("\u{1B}[38;5;200;4mx", "<span class=\"ansi-underline\">x</span>"),
      ("\u{1B}[48;5;31mx", "x"),
      ("\u{1B}[38;2;1;2;31;1mx", "<span class=\"ansi-bold\">x</span>"),
      ("\u{1B}[38;5mx", "x"), ("\u{1B}[38mx", "x"), ("\u{1B}[99999999999999999999mx", "x"),
      ("\u{1B}[2Jx\u{1B}", "x"),
    ])
  func html(_ text: String, _ html: String) {
    #expect(AnsiText.html(text) == html)
  }

  @Test(
    "without control sequences the words are left",
    arguments: [
      ("a < b", "a < b"), ("\u{1B}[1;38;5;196mx\u{1B}[0m: y\n", "x: y\n"), ("\u{1B}[2Jx\u{1B}", "x"),
      ("x\u{1B}[", "x"), ("\u{1B}[38;5", ""),
    ])
  func plain(_ text: String, _ words: String) {
    #expect(AnsiText.plain(text) == words)
  }
}
