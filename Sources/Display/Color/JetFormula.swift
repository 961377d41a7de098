/// matplotlib's jet in full precision: the recipes of the reference works blend before they round.
enum JetFormula {
  /// 256 rows of red, green and blue from 0 to 1.
  static let rows: [(Double, Double, Double)] = (0..<256).map { row in
    let x = Double(row) / 255
    return (value(at: x, of: red), value(at: x, of: green), value(at: x, of: blue))
  }

  private static let red = [(0.0, 0.0), (0.35, 0), (0.66, 1), (0.89, 1), (1, 0.5)]
  private static let green = [(0.0, 0.0), (0.125, 0), (0.375, 1), (0.64, 1), (0.91, 0), (1, 0)]
  private static let blue = [(0.0, 0.5), (0.11, 1), (0.34, 1), (0.65, 0), (1, 0)]

  private static func value(at x: Double, of corners: [(Double, Double)]) -> Double {
    for (from, to) in zip(corners, corners.dropFirst()) where x <= to.0 {
      return from.1 + (x - from.0) / (to.0 - from.0) * (to.1 - from.1)
    }
    return corners.last?.1 ?? 0
  }
}
