internal import Glibc

/// Round numbers on an axis, and how they are written.
package struct TickScale: Sendable, Equatable {
  /// The numbers, in order, all inside the range.
  package let ticks: [Double]
  /// Their text, with as many digits as tell them apart.
  package let labels: [String]
  /// From one to the next.
  package let step: Double

  /// About `count` steps of 1, 2, 2.5 or 5 times a power of ten; between things that are counted, whole ones.
  package init(from least: Double, to greatest: Double, about count: Int, isCounted: Bool = false) {
    let span = greatest - least
    guard span > 0, span.isFinite else {
      ticks = least.isFinite ? [least] : []
      labels = ticks.map { NumberText.short($0) }
      step = 0
      return
    }
    let rough = span / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    let nearest = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
    let step = isCounted ? max(1, nearest.rounded(.up)) : nearest
    let first = (least / step - 1e-9).rounded(.up)
    let last = (greatest / step + 1e-9).rounded(.down)
    ticks = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
    let digits = Self.digits(toTell: step)
    let reach = max(abs(least), abs(greatest))
    labels = ticks.map {
      reach >= 1e6 || step < 1e-4 ? NumberText.short($0) : NumberText.fixed($0, digits: digits)
    }
    self.step = step
  }

  /// How many digits after the point a step needs.
  private static func digits(toTell step: Double) -> Int {
    var scaled = step
    for digits in 0..<12 {
      if abs(scaled - scaled.rounded()) < 1e-6 * scaled { return digits }
      scaled *= 10
    }
    return 12
  }
}

/// Numbers as text in pictures.
package enum NumberText {
  /// With a fixed number of digits after the point; a real minus sign.
  package static func fixed(_ value: Double, digits: Int) -> String { printed("%.*f", Int32(digits), value) }

  /// With at most `digits` that count.
  package static func short(_ value: Double, digits: Int = 4) -> String {
    printed("%.*g", Int32(digits), value)
  }

  private static func printed(_ format: String, _ digits: Int32, _ value: Double) -> String {
    var characters = [CChar](repeating: 0, count: 400)
    let count = withVaList([digits, value]) { vsnprintf(&characters, characters.count, format, $0) }
    let bytes = characters.prefix(max(0, min(Int(count), characters.count - 1))).map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("-") else { return text }
    let digits = text.dropFirst()
    return digits.allSatisfy { $0 == "0" || $0 == "." } ? String(digits) : "−" + digits
  }
}

extension TickScale {
  /// Powers of ten, for ranges above zero.
  init(decadesFrom least: Double, to greatest: Double) {
    let (first, last) = (Self.logarithm(least).rounded(.up), Self.logarithm(greatest).rounded(.down))
    let powers =
      first <= last
      ? Array(stride(from: first, through: last, by: max(1, ((last - first) / 6).rounded(.up)))) : []
    if powers.count < 2 {
      self.init(from: least, to: greatest, about: 5)
      return
    }
    self.init(
      ticks: powers.map { pow(10, $0) }, labels: powers.map { NumberText.short(pow(10, $0)) }, step: 1)
  }

  private init(ticks: [Double], labels: [String], step: Double) {
    self.ticks = ticks
    self.labels = labels
    self.step = step
  }

  /// The power of ten of a number; that of a tiny one for what is not above zero.
  static func logarithm(_ value: Double) -> Double { log10(max(value, 1e-12)) }
}
