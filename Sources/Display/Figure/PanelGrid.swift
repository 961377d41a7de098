/// Pictures in rows and columns with words around them.
package struct PanelGrid: Figure {
  /// What the words of a line say beside themselves.
  package enum Tone: Sendable {
    case plain
    case muted
    case strong
    /// A right answer; a check mark goes before it.
    case right
    /// A wrong answer; a cross goes before it.
    case wrong
  }

  /// A line over or under a picture.
  package struct Line: Sendable, Equatable, ExpressibleByStringLiteral {
    package let text: String
    package let tone: Tone

    package init(_ text: String, _ tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }

    package init(stringLiteral text: String) { self.init(text) }

    /// The text with the mark of its tone.
    var marked: String {
      switch tone {
      case .right: "✓ " + text
      case .wrong: "✗ " + text
      default: text
      }
    }
  }

  /// One picture; nil leaves its cell grey with its lines.
  package struct Panel: Sendable {
    package var picture: Raster?
    /// Lines above the picture.
    package var titles: [Line]
    /// Lines below it.
    package var captions: [Line]
    /// The scale of its heat, where that is to be told beside the grid.
    package var heat: ColorBar?

    package init(_ picture: Raster?, titles: [Line] = [], captions: [Line] = []) {
      self.picture = picture
      self.titles = titles
      self.captions = captions
    }

    /// Puts a title in the place of the first; what the others said (a class, say) goes below the picture.
    package mutating func retitle(_ title: String) {
      captions = titles.dropFirst().map { Line($0.text, $0.tone == .plain ? .muted : $0.tone) } + captions
      titles = [Line(title, .strong)]
    }

    /// The two lines of the sheets of reference work 004: the true class, and the predicted one with its probability.
    package static func prediction(
      _ picture: Raster, true truth: String, predicted: String, probability: Double
    ) -> Panel {
      let isRight = truth == predicted
      let hundredths = Int((probability * 100).rounded())
      let digits = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
      return Panel(
        picture,
        titles: [
          Line("True: \(truth)"),
          Line("Pred: [\(hundredths / 100).\(digits)] \(predicted)", isRight ? .right : .wrong),
        ])
    }
  }

  /// What may be done with a grid whose panels would be too small to be read.
  package enum Wrapping: Sendable {
    /// Panels follow each other in as many columns as suit; with headings as `rows`.
    case anywhere
    /// What stands in a row or under a heading goes together.
    case rows
    /// Every panel stays in its row and column.
    case never
  }

  /// Over everything.
  package var title = ""
  /// Lines under everything, as wide as the figure.
  package var footer: [String] = []
  /// One for each column, over it.
  package var columnHeadings: [String] = []
  /// One for each row, at its left.
  package var rowHeadings: [String] = []
  /// In the order of reading.
  package var panels: [Panel]
  package let columns: Int
  /// What may be done where its columns leave too little room for each panel.
  package var wrapping = Wrapping.anywhere
  /// The scale of the heat, at the right.
  package var colorBar: ColorBar?
  /// What the figure shows; made of its words where nothing is given.
  package var description = ""
  let panelWidth: Double

  /// A grid of `columns`; a panel is `panelWidth` wide where all fit into 1,000 pixels, else narrower.
  ///
  /// Where that would be too narrow to be read, the grid goes on in further bands or in groups side by side.
  package init(_ panels: [Panel], columns: Int, panelWidth: Double = 224) {
    self.panels = panels
    self.columns = max(1, min(columns, max(1, panels.count)))
    self.panelWidth = panelWidth
  }

  /// As square as possible: `ceil(sqrt(n))` columns.
  package init(square panels: [Panel], panelWidth: Double = 224) {
    var columns = 1
    while columns * columns < panels.count { columns += 1 }
    self.init(panels, columns: columns, panelWidth: panelWidth)
  }

  package var size: Size { PanelGridLayout(self).size }

  package var altText: String {
    if !description.isEmpty { return description }
    let words = panels.map { panel in
      (panel.titles + panel.captions).map(\.text).filter { !$0.isEmpty }.joined(separator: ", ")
    }.filter { !$0.isEmpty }
    let head = title.isEmpty ? "\(panels.count) pictures" : title
    return ([head] + words.prefix(24)).joined(separator: "; ")
  }

  package var photographArea: Double { PanelGridLayout(self).photographArea }

  package var isTall: Bool { size.height > FigureRenderer.longestSide }

  package func draw(on canvas: Canvas) { PanelGridLayout(self).draw(on: canvas) }
}
