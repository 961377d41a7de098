import Display
import Foundation
import Testing

/// Grids of any number of rows and columns stay legible.
@Suite("grids of panels") struct PanelGridTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    var pictureWidth = 224
    var pictureHeight = 224
    var hasHeadings = true
    var testDescription: String { "\(rows) x \(columns)" }
  }

  static let shapes = [
    Shape(rows: 1, columns: 1), Shape(rows: 9, columns: 2), Shape(rows: 1, columns: 12),
    Shape(rows: 2, columns: 12), Shape(rows: 16, columns: 1), Shape(rows: 9, columns: 5),
    Shape(rows: 3, columns: 4), Shape(rows: 7, columns: 7), Shape(rows: 1, columns: 25, hasHeadings: false),
    Shape(rows: 4, columns: 6, pictureWidth: 320, pictureHeight: 180),
    Shape(rows: 9, columns: 2, pictureWidth: 180, pictureHeight: 320),
  ]

  static func color(of index: Int) -> [UInt8] {
    [UInt8(20 + index * 37 % 200), UInt8(20 + index * 91 % 200), UInt8(30 + index * 3 % 220)]
  }

  struct Bounds {
    var (left, right, top, bottom) = (Int.max, Int.min, Int.max, Int.min)
    var area = 0
    var width: Int { right - left + 1 }
    var height: Int { bottom - top + 1 }
  }

  /// Where each colour is.
  static func boxes(in raster: Raster) -> [[UInt8]: Bounds] {
    var found: [[UInt8]: Bounds] = [:]
    raster.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<raster.height {
        var x = 0
        while x < raster.width {
          let place = (y * raster.width + x) * 3
          let color = (pixels[place], pixels[place + 1], pixels[place + 2])
          let start = x
          var next = place
          while x < raster.width, (pixels[next], pixels[next + 1], pixels[next + 2]) == color {
            x += 1
            next += 3
          }
          var box = found[[color.0, color.1, color.2]] ?? Bounds()
          (box.left, box.right) = (min(box.left, start), max(box.right, x - 1))
          (box.top, box.bottom) = (min(box.top, y), max(box.bottom, y))
          box.area += x - start
          found[[color.0, color.1, color.2]] = box
        }
      }
    }
    return found
  }

  static func grid(_ shape: Shape) -> PanelGrid {
    let panels = (0..<(shape.rows * shape.columns)).map { index in
      PanelGrid.Panel(
        Raster(
          width: shape.pictureWidth, height: shape.pictureHeight,
          color: (Self.color(of: index)[0], Self.color(of: index)[1], Self.color(of: index)[2])),
        captions: [PanelGrid.Line("12 ms")])
    }
    var grid = PanelGrid(panels, columns: shape.columns)
    grid.title = "a net"
    if shape.hasHeadings {
      grid.columnHeadings = (0..<shape.columns).map { "method \($0)" }
      grid.rowHeadings = (0..<shape.rows).map { "class \($0)" }
    }
    return grid
  }

  @Test("every panel is drawn once, at least 160 pixels of the page on its longer side", arguments: shapes)
  func legible(_ shape: Shape) throws {
    let grid = Self.grid(shape)
    let picture = try FigureRenderer.picture(of: grid)
    #expect(picture.width <= 1000)
    #expect(picture.height <= (grid.panels.count <= 12 ? 1000 : grid.panels.count <= 25 ? 1250 : 2800))
    let raster = try FigureRenderer.raster(of: grid, scale: 1)
    #expect((raster.width, raster.height) == (picture.width, picture.height))
    let found = Self.boxes(in: raster)
    for index in grid.panels.indices {
      let box = try #require(found[Self.color(of: index)], "panel \(index) is not there")
      #expect(max(box.width, box.height) >= 158, "panel \(index)")
      #expect(box.area == box.width * box.height, "panel \(index) is there once and whole")
    }
    if let folder = ProcessInfo.processInfo.environment["CAMKERNEL_GALLERY"] {
      let name = "grid-\(shape.rows)x\(shape.columns)-\(shape.pictureWidth)"
      try Data(picture.png).write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
    }
  }

  @Test("a grid whose columns are asked for keeps them")
  func kept() {
    var grid = Self.grid(Shape(rows: 1, columns: 12))
    grid.wrapping = .never
    #expect(grid.size.height < 200)
  }

  @Test("as many panels as nobody looks at make no picture of gigabytes")
  func thousands() throws {
    let grid = Self.grid(Shape(rows: 500, columns: 5, pictureWidth: 2, pictureHeight: 2))
    let picture = try FigureRenderer.picture(of: grid)
    #expect(picture.width <= 1000 && picture.height <= 4000)
  }

  @Test("a long row heading goes on in further lines, which the panels make room for")
  func longHeadings() throws {
    let name = "Egyptian cat, ILSVRC2012_val_00000293-behind-a-post.jpeg"
    let lines = TextMeasure.wrapped(
      name, to: 224, lines: 3, size: 13, weight: .bold, breaksWords: true)
    #expect(lines.count == 2 || lines.count == 3)
    #expect(lines.joined().filter { $0 != " " } == name.filter { $0 != " " }, "\(lines)")
    for line in lines { #expect(TextMeasure.width(of: line, size: 13, weight: .bold) <= 224) }
    #expect(
      TextMeasure.wrapped(name, to: 60, lines: 3, size: 13, breaksWords: true).last?.hasSuffix("…") == true)
    #expect(TextMeasure.wrapped("ab", to: 0, lines: 2, size: 13, breaksWords: true).count == 2)
    func left(_ heading: String) throws -> Int {
      var grid = Self.grid(Shape(rows: 2, columns: 2))
      grid.rowHeadings[1] = heading
      let raster = try FigureRenderer.raster(of: grid, scale: 1)
      let found = Self.boxes(in: raster)
      let boxes = grid.panels.indices.compactMap { found[Self.color(of: $0)] }
      #expect(boxes.count == 4 && boxes.allSatisfy { $0.area == $0.width * $0.height && $0.width >= 158 })
      // What is written at the left stays on the page and off the panels.
      let beside = boxes[2]
      let dark = (0..<raster.width).filter { x in
        (beside.top...beside.bottom).contains { y in raster.pixels[(y * raster.width + x) * 3] < 100 }
          && x < beside.left
      }
      #expect(dark.allSatisfy { $0 >= 8 && $0 < beside.left - 2 } && !dark.isEmpty)
      return beside.left
    }
    #expect(try left(name) > left("a cat") + 10)
  }

  @Test("a line under one panel takes room of its own row only")
  func oneCaption() {
    func width(_ captioned: Int) -> Double {
      let panels = (0..<16).map { index in
        PanelGrid.Panel(
          Raster(width: 224, height: 224, color: (90, 90, 90)), titles: ["True: tabby", "Pred: tabby"],
          captions: index < captioned ? ["zero everywhere"] : [])
      }
      return PanelGrid(panels, columns: 4).size.width
    }
    // All four rows lose four lines' height to captions, one of them loses one.
    #expect(width(0) - width(1) < (width(0) - width(16)) / 2)
    #expect(width(16) < width(0))
  }

  @Test("a title of one's own takes the first line's place; what the others said stands below the picture")
  func ownTitle() {
    var panel = PanelGrid.Panel(
      nil, titles: [.init("grad-cam", .strong), "tabby", .init("dog", .wrong)],
      captions: ["probability 33.9%"])
    panel.retitle("before")
    #expect(panel.titles == [.init("before", .strong)])
    #expect(panel.captions == [.init("tabby", .muted), .init("dog", .wrong), "probability 33.9%"])
    panel.retitle("after")
    #expect(panel.titles.map(\.text) == ["after"] && panel.captions.count == 3)
  }
}
