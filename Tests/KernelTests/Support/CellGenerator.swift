/// Random cells: pieces of the language, of Unicode, and of neither.
struct CellGenerator {
  private static let pieces = [
    "set", "alpha", "=", ",", ";", "#", "\"", "'", "\\", "\n", "\r\n", " ", "\t", "as", "AS", "help", "?",
    "??", "0.5", "-1",
    "pause", "e\u{301}", "👨‍👩‍👧", "猫", "\u{0}", "\u{7F}", "\u{202E}", "\u{FEFF}", "*.jpg", "~/x", "grad-cam++",
    "\\\n", "\\\"",
    "1e999", "nan", "\u{A0}", "\u{2028}",
  ]
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func text() -> String {
    (0..<Int(next() % 24)).map { _ in Self.pieces[Int(next() % UInt64(Self.pieces.count))] }.joined()
  }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
