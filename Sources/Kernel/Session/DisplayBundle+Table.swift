extension DisplayBundle {
  /// A table, as aligned text and as HTML; columns that hold only numbers are set right.
  ///
  /// - Parameters:
  ///   - heading: the columns' names.
  ///   - rows: the cells, as many in each row as there are columns.
  ///   - caption: a line above it.
  ///   - notes: lines below it.
  /// - Returns: text/plain and text/html.
  package static func table(
    _ heading: [String], _ rows: [[String]], caption: String? = nil, notes: [String] = []
  ) -> DisplayBundle {
    let isRight = heading.indices.map { column -> Bool in
      // A cell of no text belongs to neither side.
      let cells = rows.compactMap { column < $0.count && !$0[column].isEmpty ? $0[column] : nil }
      return !cells.isEmpty && cells.allSatisfy(isNumber)
    }
    let text = ([caption].compactMap { $0 } + aligned([heading] + rows, isRight) + notes).joined(
      separator: "\n")
    return DisplayBundle([
      ("text/plain", .string(text)), ("text/html", .string(html(heading, rows, isRight, caption, notes))),
    ])
  }

  private static func aligned(_ rows: [[String]], _ isRight: [Bool]) -> [String] {
    let widths = isRight.indices.map { column in
      rows.map { column < $0.count ? TerminalText.width(of: $0[column]) : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() where column < widths.count {
        let padding = String(repeating: " ", count: widths[column] - TerminalText.width(of: cell))
        line += (column == 0 ? "" : "  ") + (isRight[column] ? padding + cell : cell + padding)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }

  private static func html(
    _ heading: [String], _ rows: [[String]], _ isRight: [Bool], _ caption: String?, _ notes: [String]
  ) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      cells.enumerated().map { column, cell in
        let side = column < isRight.count && isRight[column] ? "right" : "left"
        return "<\(tag) style=\"text-align:\(side)\">\(escaped(cell))</\(tag)>"
      }.joined()
    }
    var text = "<table>"
    if let caption { text += "<caption style=\"text-align:left\">\(escaped(caption))</caption>" }
    text += "<thead><tr>\(row(heading, "th"))</tr></thead><tbody>"
    text += rows.map { "<tr>\(row($0, "td"))</tr>" }.joined() + "</tbody></table>"
    return text + notes.map { "<p>\(escaped($0))</p>" }.joined()
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// Digits, perhaps with a sign, a bound, a point, thin separators or a percent sign.
  private static func isNumber(_ text: String) -> Bool {
    text.contains { $0.isNumber } && text.allSatisfy { $0.isNumber || "+-.,%<> e×".contains($0) }
  }
}
