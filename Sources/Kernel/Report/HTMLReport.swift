/// One self-contained page: prose, cells, pictures and tables, without scripts and without anything fetched.
package struct HTMLReport {
  /// What stands in the head of the page.
  package let title: String
  /// A line under the last cell: who made the page, and with what.
  package let footer: String
  /// Turns a picture's address in the prose into one that the page can carry.
  package let picture: MarkdownInline.PictureSource
  /// Marks the words of a cell: the classes of its parts as HTML.
  package let highlight: (String) -> String

  package init(
    title: String, footer: String, picture: @escaping MarkdownInline.PictureSource,
    highlight: @escaping (String) -> String
  ) {
    self.title = title
    self.footer = footer
    self.picture = picture
    self.highlight = highlight
  }

  /// The whole page.
  package func page(of cells: [ReportCell]) -> String {
    var out = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <title>\(HTMLText.escape(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>

      """
    for cell in cells { out += html(of: cell) }
    out += "</main>\n<footer>\(HTMLText.escape(footer))</footer>\n</body>\n</html>\n"
    return out
  }

  private func html(of cell: ReportCell) -> String {
    switch cell {
    case .prose(let markdown, let attachments):
      let source: MarkdownInline.PictureSource = { address in
        guard address.hasPrefix("attachment:") else { return picture(address) }
        return attachments[String(address.dropFirst("attachment:".count))]
      }
      return "<section class=\"prose\">\n\(Markdown.html(markdown, picture: source))</section>\n"
    case .code(let source, let count, let outputs):
      if source.allSatisfy(\.isWhitespace), outputs.isEmpty { return "" }
      let label = count.map { "[\($0)]" } ?? ""
      var out = "<section class=\"cell\">\n<div class=\"count\">\(label)</div>\n"
      out += "<pre class=\"source\">\(highlight(source))</pre>\n"
      var said = ""
      for output in outputs {
        out += html(of: output, after: said)
        if case .stream(let text, _) = output { said += text }
      }
      return out + "</section>\n"
    }
  }

  /// `said` is the cell's text before this output: a stored notebook has a picture's words there already.
  private func html(of output: ReportOutput, after said: String) -> String {
    switch output {
    case .stream(let text, let isError):
      "<pre class=\"output\(isError ? " error" : "")\">\(AnsiText.html(text))</pre>\n"
    case .mistake(let traceback):
      "<pre class=\"output mistake\">\(AnsiText.html(traceback.joined(separator: "\n")))</pre>\n"
    case .bundle(let bundle): html(of: bundle, after: said)
    }
  }

  private func html(of bundle: DisplayBundle, after said: String) -> String {
    let content = { (type: String) in bundle.data.first { $0.type == type }?.content.string }
    let text = content("text/plain") ?? ""
    for type in ["image/png", "image/jpeg", "image/svg+xml"] {
      guard let data = content(type) else { continue }
      let size = ["width", "height"].compactMap { key in
        bundle.metadata[type]?[key]?.int.map { " \(key)=\"\($0)\"" }
      }.joined()
      let source =
        type.hasSuffix("+xml") ? svgSource(data) : "data:\(type);base64,\(data.filter { !$0.isWhitespace })"
      let isSaid = text.split(separator: "\n").allSatisfy { said.contains($0) }
      let caption = isSaid ? "" : "<figcaption>\(HTMLText.escape(text))</figcaption>"
      let picture = "<img src=\"\(HTMLText.escape(source))\" alt=\"\(HTMLText.escape(text))\"\(size)>"
      return "<figure>\(picture)\(caption)</figure>\n"
    }
    if let table = content("text/html") { return "<div class=\"output\">\(SafeTable.cleaned(table))</div>\n" }
    return text.isEmpty ? "" : "<pre class=\"output\">\(AnsiText.html(text))</pre>\n"
  }

  /// A drawing as a picture: inside `img` no browser runs a script of it.
  private func svgSource(_ text: String) -> String {
    let hexadecimal = Array("0123456789ABCDEF")
    var out = "data:image/svg+xml,"
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      if byte < 128,
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || " /:=-.,;".unicodeScalars.contains(scalar)
      {
        out.unicodeScalars.append(scalar)
      } else {
        out += "%\(hexadecimal[Int(byte >> 4)])\(hexadecimal[Int(byte & 15)])"
      }
    }
    return out
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #f4f5f7; --line: #d9dde3; --faint: #68707c;
      --verb: #0b57d0; --key: #8a4b00; --text: #17692e; --note: #68707c; --number: #7a3e9d; --wrong: #b3261e; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --paper: #14171b; --soft: #1e2228; --line: #363c45;
      --faint: #9aa3b0; --verb: #8ab4f8; --key: #f0b26b; --text: #81c995; --note: #9aa3b0; --number: #c9a0e8; --wrong: #f2867c; } }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
    main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem; }
    footer { max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; color: var(--faint); font-size: .85rem; }
    h1, h2, h3 { line-height: 1.25; margin: 1.6em 0 .5em; }
    img { max-width: 100%; height: auto; }
    figure { margin: .8rem 0; }
    figcaption { color: var(--faint); font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; margin-top: .3rem; }
    pre, code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .88rem; }
    pre { overflow-x: auto; padding: .7rem .9rem; margin: .5rem 0; border-radius: 6px; line-height: 1.45; }
    .prose pre, pre.source { background: var(--soft); border: 1px solid var(--line); }
    .prose code { background: var(--soft); padding: .1em .3em; border-radius: 4px; }
    .prose pre code { padding: 0; background: none; }
    pre.output { padding: .3rem .9rem; }
    .cell { position: relative; margin: 1rem 0; break-inside: avoid; }
    .count { position: absolute; right: .5rem; top: .35rem; color: var(--faint); font: 12px ui-monospace, monospace; }
    table { border-collapse: collapse; margin: .6rem 0; font-size: .92rem; }
    th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; }
    td.right, th.right { text-align: right; font-variant-numeric: tabular-nums; }
    blockquote { margin: .6rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--faint); }
    .verb { color: var(--verb); font-weight: 600; } .key { color: var(--key); } .text { color: var(--text); }
    .note { color: var(--note); font-style: italic; } .number { color: var(--number); }
    .mistake, .error, .ansi-red { color: var(--wrong); } .ansi-green { color: var(--text); } .ansi-blue, .ansi-cyan { color: var(--verb); }
    .ansi-yellow, .ansi-magenta { color: var(--key); } .ansi-bold { font-weight: 700; } .ansi-faint { opacity: .7; } .ansi-underline { text-decoration: underline; }
    @media print { body { font-size: 11pt; } .cell, figure { break-inside: avoid; } }
    """
}
