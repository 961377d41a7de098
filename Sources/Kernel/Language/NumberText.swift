/// Numbers as text, without a locale.
package enum NumberText {
  /// A number with a fixed count of decimals: `0.50`.
  package static func text(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var power = 1.0
    for _ in 0..<max(0, decimals) { power *= 10 }
    let scaled = (abs(value) * power).rounded()
    guard scaled < 9e15 else { return String(value) }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + padded }
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// A number with so many significant digits at most, without needless zeros: `98`, `0.031`, `1.2e+07`.
  package static func text(_ value: Double, significant: Int) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : text(value, decimals: 0) }
    var exponent = 0
    var size = abs(value)
    while size >= 10, exponent < 400 {
      size /= 10
      exponent += 1
    }
    while size < 1, exponent > -400 {
      size *= 10
      exponent -= 1
    }
    if exponent < -4 || exponent > 14 {
      var mantissa = trimmed(text(size, decimals: max(0, significant - 1)))
      if mantissa == "10" {
        mantissa = "1"
        exponent += 1
      }
      let power = (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
      return (value < 0 ? "-" : "") + mantissa + (exponent < 0 ? "e-" : "e+") + power
    }
    return trimmed(text(value, decimals: max(0, significant - 1 - exponent)))
  }

  /// Without needless zeros behind the point.
  private static func trimmed(_ text: String) -> String {
    var written = text
    if written.contains(".") {
      while written.hasSuffix("0") { written.removeLast() }
      if written.hasSuffix(".") { written.removeLast() }
    }
    return written
  }
}

/// Probabilities as text.
package enum ProbabilityText {
  /// In percent, so that neither a small one nor what one lacks to certainty is lost: `39.2%`, `0.031%`, `<0.01%`, `99.97%`.
  package static func text(_ probability: Double) -> String {
    let percent = probability * 100
    guard percent > 0, percent < 100 else {
      return NumberText.text(percent, decimals: percent == 0 || percent == 100 ? 0 : 1) + "%"
    }
    if percent < 0.01 { return "<0.01%" }
    if percent > 99.99 { return ">99.99%" }
    // What is rounded to 1.0 or to 99.9 has one decimal like all between them.
    if percent < 0.995 { return NumberText.text(percent, significant: 2) + "%" }
    return NumberText.text(percent, decimals: percent < 99.95 ? 1 : 2) + "%"
  }
}

/// Lengths of time as text.
package enum TimeText {
  /// `3.2 ms`, `1.4 s`, `2 min 5 s`, `1 h 3 min`.
  package static func text(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "?" }
    switch seconds {
    case ..<0.001: return NumberText.text(seconds * 1e6, significant: 2) + " µs"
    case ..<1: return NumberText.text(seconds * 1e3, significant: 3) + " ms"
    case ..<60: return NumberText.text(seconds, significant: 3) + " s"
    case ..<3600:
      let whole = Int(seconds.rounded())
      return "\(whole / 60) min \(whole % 60) s"
    default:
      let minutes = Int((seconds / 60).rounded(.down))
      return "\(minutes / 60) h \(minutes % 60) min"
    }
  }
}
