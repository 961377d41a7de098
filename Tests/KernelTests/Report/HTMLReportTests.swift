import Kernel
import Testing

@Suite("reports") struct HTMLReportTests {
  private let report = HTMLReport(
    title: "A <report>", footer: "camkernel", picture: { _ in nil }, highlight: { HTMLText.escape($0) })

  @Test("a notebook's cells keep their order, counts, pictures, tables and mistakes")
  func notebook() throws {
    let source = """
      {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\\n", "see ![p](attachment:a.png)"],
         "attachments": {"a.png": {"image/png": "AAAA"}}},
        {"cell_type": "code", "execution_count": 3, "metadata": {}, "source": "ablation-cam", "outputs": [
          {"output_type": "stream", "name": "stdout", "text": ["one\\n", "two"]},
          {"output_type": "display_data", "data": {"image/png": "iVBO\\nRw0K", "text/plain": "a cat"},
           "metadata": {"image/png": {"width": 448, "height": 300}}},
          {"output_type": "execute_result", "execution_count": 3, "metadata": {},
           "data": {"text/html": "<table><tr><td style='text-align: right' onclick='x()'>1</td></tr></table><script>x</script>", "text/plain": "t"}},
          {"output_type": "error", "ename": "e", "evalue": "v", "traceback": ["\\u001b[31merror\\u001b[0m: <bad>"]}]},
        {"cell_type": "raw", "metadata": {}, "source": "raw"}]}
      """
    let page = report.page(of: try NotebookFile.cells(of: Array(source.utf8)))
    let places = [
      "<title>A &lt;report&gt;</title>", "<h1>Title</h1>",
      "<img src=\"data:image/png;base64,AAAA\" alt=\"p\">", "[3]", "ablation-cam",
      "one\ntwo", "<img src=\"data:image/png;base64,iVBORw0K\" alt=\"a cat\" width=\"448\" height=\"300\">",
      "<td class=\"right\">1</td>", "<span class=\"ansi-red\">error</span>: &lt;bad&gt;",
      "camkernel</footer>",
    ].map { page.ranges(of: $0).first?.lowerBound }
    #expect(!places.contains(nil))
    #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    #expect(!page.contains("<script") && !page.contains("onclick"))
  }

  @Test("a page fetches nothing")
  func selfContained() {
    let page = report.page(of: [
      .prose(markdown: "![x](https://example.org/a.png) ![y](b.png)", attachments: [:])
    ])
    #expect(!page.contains("<img"))
    #expect(page.contains("default-src 'none'"))
  }

  @Test(
    "a file that is no notebook says why",
    arguments: [
      ("{", "not a notebook: "), ("[]", "not a notebook: it has no list of cells"),
      ("{\"nbformat\": 3, \"worksheets\": []}", "notebook format 3 is not known, format 4 is wanted"),
      ("{\"cells\": [{}]}", "cell 1 of the notebook has no type or no source"),
    ])
  func broken(_ source: String, _ message: String) {
    let failure = #expect(throws: NotebookFile.Failure.self) {
      try NotebookFile.cells(of: Array(source.utf8))
    }
    #expect(failure.map { "\($0)".hasPrefix(message) } == true)
  }

  @Test("an update changes the picture in its place; a late clear waits for the next output")
  func recording() {
    let recorder = ReportRecorder()
    let bundle = { (text: String) in DisplayBundle([("text/plain", .string(text))]) }
    recorder.display(bundle("0 %"), id: "bar")
    recorder.stream("a", to: .stdout)
    recorder.stream("b", to: .stdout)
    recorder.update(bundle("100 %"), id: "bar")
    let page = report.page(of: [.code(source: "x", count: nil, outputs: recorder.take())])
    #expect(page.contains("100 %") && !page.contains(">0 %") && page.contains(">ab<"))
    recorder.stream("old", to: .stdout)
    recorder.clear(wait: true)
    recorder.stream("new", to: .stdout)
    let after = recorder.take()
    #expect(after.count == 1)
  }

  @Test("a table keeps only what is harmless and closes what it opens")
  func tables() {
    #expect(SafeTable.cleaned("<table><tr><td>a<b>c") == "<table><tr><td>a<b>c</b></td></tr></table>")
    #expect(SafeTable.cleaned("x<style>p{}</style>y<!-- z -->w") == "xyw")
    #expect(SafeTable.cleaned("</td></table>a") == "a")
    #expect(SafeTable.cleaned("<td colspan=\"2\" onclick=x>") == "<td colspan=\"2\"></td>")
    #expect(SafeTable.cleaned("a < b") == "a &lt; b")
  }
}
