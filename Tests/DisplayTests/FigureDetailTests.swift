import Display
import Foundation
import Testing

@Suite("details of figures") struct FigureDetailTests {
  @Test(
    "axes carry round numbers inside their range",
    arguments: [
      (0.0, 1.0, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (-0.8, 0.8, 5, ["−0.5", "0.0", "0.5"]),
      (0, 40, 4, ["0", "10", "20", "30", "40"]), (3, 3, 5, ["3"]), (0, 0.001, 4, ["0.00000", "0.00025"]),
    ] as [(Double, Double, Int, [String])])
  func ticks(_ low: Double, _ high: Double, _ count: Int, _ labels: [String]) {
    let scale = TickScale(from: low, to: high, about: count)
    #expect(Array(scale.labels.prefix(labels.count)) == labels)
    #expect(scale.ticks.allSatisfy { $0 >= low - 1e-12 && $0 <= high + 1e-12 })
  }

  @Test("numbers that are none make no ticks")
  func noNumbers() {
    #expect(TickScale(from: .nan, to: 1, about: 5).ticks.isEmpty)
    #expect(TickScale(from: 0.5, to: 1.5, about: 5, isCounted: true).labels == ["1"])
    #expect(TickScale(from: 1, to: 3, about: 6, isCounted: true).labels == ["1", "2", "3"])
    #expect(TickScale(from: 1, to: 13, about: 5, isCounted: true).ticks == [3, 6, 9, 12])
    #expect(TickScale(from: 0, to: .infinity, about: 5).ticks == [0])
  }

  @Test("text is cut to its width with an ellipsis and broken at spaces")
  func fitting() {
    let long = "Pembroke, Pembroke Welsh corgi, a dog of short legs"
    let cut = TextMeasure.fitted(long, to: 120, size: 11)
    #expect(cut.hasSuffix("…") && TextMeasure.width(of: cut, size: 11) <= 120)
    #expect(TextMeasure.fitted("cat", to: 120, size: 11) == "cat")
    let lines = TextMeasure.wrapped(long, to: 150, lines: 2, size: 11)
    #expect(lines.count == 2 && lines.allSatisfy { TextMeasure.width(of: $0, size: 11) <= 150 })
    #expect(TextMeasure.wrapped(long, to: 2000, lines: 2, size: 11) == [long])
  }

  @Test("bold is wider, and accents, Greek and Cyrillic have glyphs of their own")
  func glyphs() {
    #expect(
      TextMeasure.width(of: "cat", size: 20, weight: .bold) > TextMeasure.width(of: "cat", size: 20))
    // All missing glyphs are one box of one width.
    let missing = TextMeasure.width(of: "\u{E123}", size: 100)
    for character in "äéøßαΣжЯ✓✗−×→≤" {
      #expect(TextMeasure.width(of: String(character), size: 100) > 0)
    }
    #expect(TextMeasure.width(of: "i", size: 100) != missing)
  }

  @Test("a right and a wrong answer differ by mark and colour")
  func prediction() {
    let picture = Raster(width: 2, height: 2)
    let right = PanelGrid.Panel.prediction(picture, true: "cat", predicted: "cat", probability: 0.997)
    let wrong = PanelGrid.Panel.prediction(picture, true: "cat", predicted: "dog", probability: 0.05)
    #expect(right.titles == [PanelGrid.Line("True: cat"), PanelGrid.Line("Pred: [1.00] cat", .right)])
    #expect(wrong.titles == [PanelGrid.Line("True: cat"), PanelGrid.Line("Pred: [0.05] dog", .wrong)])
  }

  @Test("a panel's colours are those of its picture")
  func colours() throws {
    let picture = Raster(width: 64, height: 64, color: (200, 30, 90))
    let raster = try FigureRenderer.raster(of: PanelGrid([PanelGrid.Panel(picture)], columns: 1))
    #expect(raster[raster.width / 2, raster.height / 2] == (200, 30, 90))
  }

  @Test("grids of any size are no wider than a notebook", arguments: [1, 2, 7, 16, 30, 81])
  func manyPanels(_ count: Int) throws {
    let panel = PanelGrid.Panel(Raster(width: 30, height: 20), titles: ["a"], captions: ["b", "c"])
    let grid = PanelGrid(square: [PanelGrid.Panel](repeating: panel, count: count))
    #expect(grid.size.width <= 1000)
    #expect(try FigureRenderer.picture(of: grid).height <= (count <= 20 ? 1000 : 4000))
  }

  @Test("many photographs are stored with fewer pixels, words at double density")
  func density() throws {
    let panel = PanelGrid.Panel(Raster(width: 448, height: 448, color: (9, 9, 9)), titles: ["a"])
    func density(_ count: Int) throws -> Double {
      let grid = PanelGrid([PanelGrid.Panel](repeating: panel, count: count), columns: 4)
      let picture = try FigureRenderer.picture(of: grid)
      return Double(try ImageDecoder.read(picture.png).raster.width) / Double(picture.width)
    }
    #expect(abs(try density(1) - 2) < 0.01)
    #expect(abs(try density(16) - 1.25) < 0.01)
  }

  @Test("SVG and PDF are what they say, with their description")
  func vectors() throws {
    var chart = BarChart([.init("a < b", 1)])
    chart.title = "A & B"
    let svg = String(decoding: try FigureRenderer.file(of: chart, format: .svg), as: UTF8.self)
    #expect(svg.hasPrefix("<?xml") && svg.contains("<title>A &amp; B; a &lt; b 1</title>"))
    let pdf = try FigureRenderer.file(of: chart, format: .pdf, title: "A")
    #expect(pdf.starts(with: Array("%PDF-".utf8)))
  }

  @Test("charts of nothing, of one point and of no numbers are drawn")
  func degenerate() throws {
    let figures: [any Figure] = [
      BarChart([]), BarChart([.init("x", .nan), .init("y", 0)]), LineChart([]),
      LineChart([.init("a", [(1, 2)])]), LineChart([.init("a", values: [.nan, .infinity])]),
      Histogram([]), Histogram([1, 1, .nan]), FigureStack(.vertical, []), PanelGrid([], columns: 3),
      PanelGrid([PanelGrid.Panel(nil)], columns: 1),
    ]
    for figure in figures { #expect(try FigureRenderer.picture(of: figure).png.count > 60) }
  }

  @Test("notes go into the file")
  func notes() throws {
    let picture = try FigureRenderer.picture(of: BarChart([.init("a", 1)]), notes: [("Model", "resnet18 Ω")])
    let text = String(decoding: picture.png, as: UTF8.self)
    #expect(text.contains("Model") && text.contains("resnet18 Ω") && text.contains("Description"))
  }

  @Test("a grid stops between two panels when it is asked to")
  func stops() throws {
    let raster = Raster(width: 4, height: 4, pixels: [UInt8](repeating: 90, count: 48))
    let grid = PanelGrid(Array(repeating: PanelGrid.Panel(raster), count: 12), columns: 4)
    var asked = 0
    #expect(throws: ImageError.stopped) {
      try FigureRenderer.picture(of: grid) {
        asked += 1
        return asked > 3
      }
    }
    // Three panels were drawn, the fourth was not, and what was drawn is not encoded.
    #expect(asked == 5)
    #expect(try FigureRenderer.picture(of: grid).png.count > 60)
  }

  @Test("an axis has the least length it is given, inside its limits; longer ones stay as they are")
  func leastSpan() {
    for (values, wanted) in [
      ([31.25], (25.75, 36.75)), ([100], (89.5, 100.5)), ([99, 98], (89.5, 100.5)), ([1], (0, 10.5)),
      ([60, 90], (58.5, 91.5)),
    ] {
      var chart = LineChart([.init("a", values: values)])
      (chart.leastSpan, chart.yLimits) = (10, (0, 100))
      #expect(abs(chart.yAxis.0 - wanted.0) < 1e-9 && abs(chart.yAxis.1 - wanted.1) < 1e-9, "\(chart.yAxis)")
    }
  }
}
