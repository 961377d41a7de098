import Kernel
import Testing

@Suite("Markdown in reports") struct MarkdownTests {
  private func html(_ text: String) -> String { Markdown.html(text) { $0.hasPrefix("http") ? nil : $0 } }

  @Test(
    "each construction becomes its HTML",
    arguments: [
      ("# Cat\ntext", "<h1>Cat</h1>\n<p>text</p>\n"),
      (
        "a *b* **c** `d<e` ~~f~~", "<p>a <em>b</em> <strong>c</strong> <code>d&lt;e</code> <del>f</del></p>\n"
      ),
      ("block14_sepconv2_act is a _name_", "<p>block14_sepconv2_act is a <em>name</em></p>\n"),
      ("- a\n- b\n  - c", "<ul>\n<li>a\n</li>\n<li>b\n<ul>\n<li>c\n</li>\n</ul>\n</li>\n</ul>\n"),
      ("1. a\n2. b", "<ol>\n<li>a\n</li>\n<li>b\n</li>\n</ol>\n"),
      ("> quoted\n> more", "<blockquote>\n<p>quoted\nmore</p>\n</blockquote>\n"),
      ("```\na < b\n```", "<pre><code>a &lt; b</code></pre>\n"),
      ("---", "<hr>\n"),
      ("[x](https://a.org/b_c)", "<p><a href=\"https://a.org/b_c\">x</a></p>\n"),
      ("![y](pic.png)", "<p><img src=\"pic.png\" alt=\"y\"></p>\n"),
      ("$w_k = a*b$", "<p><span class=\"math\">w_k = a*b</span></p>\n"),
      ("5 * 3 * 2", "<p>5 * 3 * 2</p>\n"),
      (
        "| a | b |\n|---|--:|\n| 1 | `x|y` |",
        "<table>\n<thead><tr><th>a</th><th>b</th></tr></thead>\n<tbody>\n<tr><td>1</td><td><code>x|y</code></td></tr>\n</tbody>\n</table>\n"
      ),
    ])
  func construction(_ source: String, _ expected: String) { #expect(html(source) == expected) }

  @Test(
    "nothing in the text can become a script",
    arguments: [
      "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x]( JavaScript:alert(1))",
      "![x](javascript:1)",
      "<img src=x onerror=alert(1)>", "[a](\" onclick=alert(1) )", "`<b onload=x>`",
      "| <i onload=x> |\n|---|",
    ])
  func harmless(_ source: String) {
    let page = html(source).lowercased()
    #expect(!page.contains("<script"))
    #expect(!page.contains("\"javascript:"))
    #expect(!page.contains("<img src=x"))
    #expect(!page.contains("\" onclick"))
    #expect(!page.contains("<b onload") && !page.contains("<i onload"))
  }

  @Test("any text ends, however it is nested or cut")
  func anything() {
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    var state = seed
    let pieces = [
      "*", "_", "**", "`", "```", "[", "]", "(", ")", "!", "<", ">", "- ", "1. ", "# ", "| ", "\n", "\n\n",
      "  ", "$", "a", "é", "\\", "~~", "---",
    ]
    for _ in 0..<300 {
      var text = ""
      for _ in 0..<60 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      #expect(!html(text).contains("<script"), "seed \(seed)")
    }
    #expect(html(String(repeating: "> ", count: 500) + "deep").contains("deep"))
    #expect(html(String(repeating: "- ", count: 500) + "deep").contains("deep"))
  }
}
