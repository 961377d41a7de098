/// A table of 256 colours for numbers from 0 to 1.
package struct Colormap: Sendable, Equatable {
  package let name: String
  /// One line for lists and help.
  package let summary: String
  /// Whether its middle stands for nothing, so that it suits numbers of both signs.
  package let isDiverging: Bool
  /// Red, green and blue of each step.
  package let table: [UInt8]

  init(_ name: String, _ summary: String, isDiverging: Bool = false, _ digits: StaticString) {
    self.name = name
    self.summary = summary
    self.isDiverging = isDiverging
    table = digits.withUTF8Buffer { digits in
      stride(from: 0, to: digits.count - 1, by: 2).map {
        Self.value(digits[$0]) << 4 | Self.value(digits[$0 + 1])
      }
    }
  }

  private static func value(_ digit: UInt8) -> UInt8 { digit < 0x40 ? digit - 0x30 : digit - 0x57 }

  /// The colour of a step from 0 to 255.
  package subscript(step: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let start = 3 * Int(step)
    return (table[start], table[start + 1], table[start + 2])
  }
}

/// The colour maps that a person can name, the default first.
package enum ColormapCatalog {
  package static let all: [Colormap] = [
    Colormap("jet", "blue, green, yellow, red: what the papers use", ColormapTables.jet),
    Colormap("turbo", "as jet, but smooth", ColormapTables.turbo),
    Colormap("viridis", "even steps of lightness, safe for colour-blind readers", ColormapTables.viridis),
    Colormap("cividis", "even steps of lightness, made for colour-blind readers", ColormapTables.cividis),
    Colormap("inferno", "black, red, yellow, in even steps of lightness", ColormapTables.inferno),
    Colormap("magma", "black, purple, white, in even steps of lightness", ColormapTables.magma),
    Colormap("gray", "black to white", ColormapTables.gray),
    Colormap("bone", "black to white with a touch of blue, for X-rays", ColormapTables.bone),
    Colormap("hot", "black, red, yellow, white", ColormapTables.hot),
    Colormap("coolwarm", "blue, grey, red, for both signs", isDiverging: true, ColormapTables.coolwarm),
    Colormap("bwr", "blue, white, red, for both signs", isDiverging: true, ColormapTables.bwr),
    Colormap(
      "seismic", "dark blue, white, dark red, for both signs", isDiverging: true, ColormapTables.seismic),
    Colormap("opencv-jet", "jet as OpenCV has it", ColormapTables.opencvJet),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The map of a name.
  package static func named(_ name: String) -> Colormap? { byName[name] }
  /// What is used where nobody chose.
  package static var standard: Colormap { all[0] }
  /// What is used for signed maps where nobody chose.
  package static var signedStandard: Colormap { byName["coolwarm"] ?? all[0] }
}
