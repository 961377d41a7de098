import Display
import Testing

@Suite("the scale of heat") struct ColorBarTests {
  private let jet = ColormapCatalog.standard

  @Test(
    "both ends have their numbers, and round ones between leave them room",
    arguments: [
      (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (0, 0.294, ["0.0", "0.1", "0.2", "0.294"]),
      (-0.294, 0.294, ["−0.294", "−0.2", "0.0", "0.2", "0.294"]),
      (0, 0.1001, ["0.00", "0.02", "0.04", "0.06", "0.08", "0.1"]),
      (-3.2e-7, 1.24e-5, ["−3.2e-07", "5e-06", "1e-05", "1.24e-05"]), (2, 2, []),
    ] as [(Double, Double, [String])])
  func marks(_ least: Double, _ greatest: Double, _ texts: [String]) {
    #expect(ColorBar(jet, from: least, to: greatest).marks.map(\.text) == texts)
  }

  @Test("one bar tells several pictures where they have one scale, or shares of their greatest")
  func common() {
    let plain = ColorBar(jet, label: ColorBar.shareLabel)
    #expect(ColorBar.common(to: [plain, plain]) == plain)
    #expect(ColorBar.common(to: []) == nil)
    let few = ColorBar(jet, from: 0, to: 0.3, label: "value")
    #expect(ColorBar.common(to: [few]) == few && ColorBar.common(to: [few, few]) == few)
    #expect(ColorBar.common(to: [few, plain]) == plain)
    let signed = [0.2, 7].map { ColorBar(ColormapCatalog.signedStandard, from: -$0, to: $0, label: "value") }
    let shares = ColorBar.common(to: signed)
    #expect(shares?.least == -1 && shares?.greatest == 1 && shares?.label == ColorBar.shareLabel)
    #expect(ColorBar.common(to: [signed[0], plain]) == nil)
    #expect(ColorBar.common(to: [few, ColorBar(jet, from: -0.1, to: 0.3, label: "value")]) == nil)
    #expect(
      ColorBar.common(to: [plain, ColorBar(ColormapCatalog.signedStandard, label: ColorBar.shareLabel)])
        == nil)
  }

  @Test("the hot end is up, beside the pictures")
  func drawn() throws {
    let grey = Raster(width: 64, height: 64, color: (128, 128, 128))
    var grid = PanelGrid([PanelGrid.Panel(grey)], columns: 1, panelWidth: 200)
    grid.colorBar = ColorBar(jet)
    let raster = try FigureRenderer.raster(of: grid)
    func rows(like step: UInt8) -> [Int] {
      let (red, green, blue) = jet[step]
      let color = [Int(red), Int(green), Int(blue)]
      return (0..<raster.height).filter { y in
        (raster.width / 2..<raster.width).contains { x in
          let place = raster.channels * (y * raster.width + x)
          return (0..<3).allSatisfy { abs(Int(raster.pixels[place + $0]) - color[$0]) < 8 }
        }
      }
    }
    let (hot, cold) = (rows(like: 255), rows(like: 0))
    #expect(try #require(hot.max()) < raster.height / 4 && #require(cold.min()) > raster.height * 3 / 4)
  }
}
