import Display
import Foundation
import TestSupport
import Testing

/// Figures are drawn for `CAMKERNEL_GALLERY=folder`, for eyes; here their structure is checked.
@Suite("figures") struct FigureTests {
  static let samples: [any Figure] = Gallery.all.map(\.figure)

  @Test(
    "every figure is drawn at one and a quarter to twice its density within a notebook's width",
    arguments: Gallery.all)
  func notebookPicture(_ entry: Gallery.Entry) throws {
    let picture = try FigureRenderer.picture(of: entry.figure)
    #expect(max(picture.width, picture.height) <= 1000)
    let (raster, _) = try ImageDecoder.read(picture.png)
    let density = Double(raster.width) / Double(picture.width)
    #expect(density > 1.24 && density < 2.01)
    #expect(entry.figure.photographArea > 0 || density > 1.99)
    #expect(abs(Double(raster.height) - density * Double(picture.height)) <= 3)
    #expect(!picture.altText.isEmpty)
    // Ink lies inside: the outermost pixels are the page.
    for x in 0..<raster.width {
      #expect(raster[x, 0] == (255, 255, 255))
      #expect(raster[x, raster.height - 1] == (255, 255, 255))
    }
    for y in 0..<raster.height {
      #expect(raster[0, y] == (255, 255, 255))
      #expect(raster[raster.width - 1, y] == (255, 255, 255))
    }
    if let folder = ProcessInfo.processInfo.environment["CAMKERNEL_GALLERY"] {
      try Data(picture.png).write(to: URL(fileURLWithPath: "\(folder)/\(entry.name).png"))
      for format in [FigureRenderer.Format.svg, .pdf] {
        let bytes = try FigureRenderer.file(of: entry.figure, format: format, title: entry.name)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(entry.name).\(format.rawValue)"))
      }
    }
  }
}

/// Figures of every kind.
enum Gallery {
  struct Entry: Sendable, CustomTestStringConvertible {
    let name: String
    let figure: any Figure
    var testDescription: String { name }
  }

  static let all: [Entry] = [
    Entry(name: "grid", figure: grid), Entry(name: "sheet", figure: sheet), Entry(name: "bars", figure: bars),
    Entry(name: "drops", figure: drops), Entry(name: "training", figure: training),
    Entry(name: "histogram", figure: histogram), Entry(name: "single", figure: single),
    Entry(name: "signed", figure: signed),
  ]

  /// A photograph where there is one, else a pattern.
  static func photo(_ index: Int, side: Int = 224) -> Raster {
    let names = ["photo_chelsea.png", "photo_coffee.png", "photo_rocket.jpg"]
    if SharedFiles.isPresent, let read = try? ImageDecoder.read(path: SharedFiles.golden(names[index % 3])) {
      let shorter = min(read.raster.width, read.raster.height)
      return read.raster.centerCropped(width: shorter, height: shorter)
        .resized(width: side, height: side, filter: .bicubic)
    }
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side { pixels += [UInt8(x % 256), UInt8(y % 256), UInt8((x * y) % 256)] }
    }
    return Raster(width: side, height: side, pixels: pixels)
  }

  static func blob(_ x: Double, _ y: Double, _ reach: Double, side: Int = 7) -> Plane {
    var values: [Float] = []
    for row in 0..<side {
      for column in 0..<side {
        let (dx, dy) = (Double(column) / Double(side - 1) - x, Double(row) / Double(side - 1) - y)
        values.append(Float(exp(-(dx * dx + dy * dy) / (reach * reach))))
      }
    }
    return Plane(width: side, height: side, values: values)
  }

  static func heated(_ index: Int, _ x: Double, _ y: Double, side: Int = 224) -> Raster {
    Overlay.blend(
      photo(index, side: side), blob(x, y, 0.35).resized(width: side, height: side),
      map: ColormapCatalog.standard,
      alpha: 0.4)
  }

  static var grid: PanelGrid {
    let methods = ["Ablation-CAM", "Grad-CAM", "Grad-CAM++", "Score-CAM"]
    var panels: [PanelGrid.Panel] = []
    for row in 0..<3 {
      for column in methods.indices {
        panels.append(
          PanelGrid.Panel(
            heated(row, 0.3 + 0.1 * Double(column), 0.5),
            captions: [PanelGrid.Line("drop 0.\(31 + column)\(row) · \(12 + 7 * column) ms", .muted)]))
      }
    }
    var grid = PanelGrid(panels, columns: 4)
    grid.title = "Four explanations of EfficientNet-Lite0, layer _bn1"
    grid.columnHeadings = methods
    grid.rowHeadings = ["tiger cat (282)", "espresso (967)", "missile (657)"]
    grid.footer = ["jet, α = 0.4; maps divided by their greatest value; one scale for all panels"]
    grid.colorBar = ColorBar(ColormapCatalog.standard, label: "share of the greatest value")
    return grid
  }

  static var sheet: PanelGrid {
    let classes = ["frog", "truck", "truck", "deer", "automobile", "automobile", "bird", "horse"]
    let panels = (0..<16).map { (index: Int) -> PanelGrid.Panel in
      let picture = heated(index, 0.2 + 0.04 * Double(index), 0.5, side: 128)
      let predicted = index % 5 == 3 ? "airplane" : classes[index % 8]
      return .prediction(
        picture, true: classes[index % 8], predicted: predicted, probability: 1 - Double(index) * 0.031)
    }
    return PanelGrid(square: panels)
  }

  static var bars: BarChart {
    var chart = BarChart([
      .init("tiger cat", 0.386, text: "38.6 %", isMarked: true),
      .init("tabby, tabby cat", 0.291, text: "29.1 %"),
      .init("Egyptian cat", 0.203, text: "20.3 %"), .init("lynx, catamount", 0.011, text: "1.1 %"),
      .init("Pembroke, Pembroke Welsh corgi", 0.0042, text: "0.4 %"),
    ])
    chart.title = "What EfficientNet-Lite0 sees in chelsea.png"
    chart.axisName = "probability"
    chart.limit = 1
    return chart
  }

  static var drops: BarChart {
    var chart = BarChart([
      .init("channel 286", 0.212), .init("channel 155", 0.087), .init("channel 12", 0.04),
      .init("channel 901", -0.031), .init("channel 44", -0.102),
    ])
    chart.title = "Score lost when a channel is ablated"
    chart.axisName = "(y − yₖ) / y"
    return chart
  }

  static func curve(from start: Double, to end: Double, wobble: Double) -> [Double] {
    (1...30).map { (epoch: Int) -> Double in
      let x = Double(epoch)
      return start * exp(-x / 9) + end + wobble * sin(x * 2.3)
    }
  }

  static var training: FigureStack {
    let loss = curve(from: 1.9, to: 0.35, wobble: 0.02)
    let valid = curve(from: 1.8, to: 0.52, wobble: 0.03)
    var losses = LineChart([
      .init("training", values: loss), .init("validation", values: valid, stroke: .dashed),
    ])
    (losses.title, losses.xName, losses.yName) = ("Loss", "epoch", "cross-entropy")
    losses.xRange = (0, 40)
    var accuracy = LineChart([
      .init("training", values: loss.map { 1 - $0 / 2.3 }),
      .init("validation", values: valid.map { 1 - $0 / 2.3 }, stroke: .dashed),
    ])
    (accuracy.title, accuracy.xName, accuracy.yName) = ("Accuracy", "epoch", "share right")
    (accuracy.xRange, accuracy.yRange) = ((0, 40), (0, 1))
    return FigureStack(.horizontal, [losses, accuracy])
  }

  static var histogram: Histogram {
    let values = (0..<4000).map { (index: Int) -> Float in
      let x = Float(index)
      return sin(x * 0.7) + cos(x * 1.3) + sin(x * 0.11)
    }
    var chart = Histogram(values)
    (chart.title, chart.xName, chart.marks) = (
      "Channel weights", "weight", [(0.0, "zero"), (1.4, "top 5 %")]
    )
    return chart
  }

  static var single: PanelGrid {
    var grid = PanelGrid(
      [
        PanelGrid.Panel(photo(0, side: 448), captions: ["photograph"]),
        PanelGrid.Panel(
          heated(0, 0.45, 0.4, side: 448), captions: ["Ablation-CAM of “tiger cat”, логит 8.31"]),
      ], columns: 2, panelWidth: 400)
    grid.colorBar = ColorBar(ColormapCatalog.standard, label: "Σ wₖAₖ / max")
    return grid
  }

  static var signed: PanelGrid {
    let map = blob(0.3, 0.3, 0.3).values
    let other = blob(0.7, 0.7, 0.3).values
    let plane = Plane(width: 7, height: 7, values: zip(map, other).map { $0 - $1 })
    let colors = ColormapCatalog.signedStandard
    func colored(_ plane: Plane) -> Raster {
      let black = Raster(
        width: plane.width, height: plane.height, pixels: [UInt8](repeating: 0, count: 3 * plane.values.count)
      )
      return Overlay.blend(black, plane.balanced, map: colors, alpha: 1)
    }
    var grid = PanelGrid(
      [
        PanelGrid.Panel(
          colored(plane), captions: ["7 × 7, as the net has it"]),
        PanelGrid.Panel(
          colored(plane.resized(width: 224, height: 224)),
          captions: ["bilinear"]),
        PanelGrid.Panel(nil, captions: [PanelGrid.Line("no map: all scores equal", .muted)]),
      ], columns: 3)
    grid.title = "Ablation-CAM − Grad-CAM"
    grid.colorBar = ColorBar(colors, from: -0.8, to: 0.8, label: "difference")
    return grid
  }
}
